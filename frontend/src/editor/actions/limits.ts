import type { Action } from "./action";

export const limits: Action = {
  id: "limits",
  label: "limits",
  keys: [],
  enabled: () => true,
  perform: ({ ui }) => ui.setState({ isLimitsOpen: true }),
};
