import type { Action } from "./action";

export const help: Action = {
  id: "help",
  label: "help",
  keys: ["?"],
  enabled: () => true,
  perform: ({ ui }) => ui.setState({ isHelpOpen: true }),
};
