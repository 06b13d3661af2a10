import type { Action } from "./action";

export const memory: Action = {
  id: "memory",
  label: "memory",
  keys: [],
  enabled: () => true,
  perform: ({ ui }) => ui.setState({ isMemoryOpen: true }),
};
