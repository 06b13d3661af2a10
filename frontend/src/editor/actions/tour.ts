import type { Action } from "./action";

export const tour: Action = {
  id: "tour",
  label: "tour",
  keys: [],
  enabled: () => true,
  perform: ({ ui }) => ui.setState({ tour: 0, tab: "steps" }),
};
