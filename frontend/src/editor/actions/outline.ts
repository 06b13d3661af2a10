import type { Action } from "./action";

export const outline: Action = {
  id: "outline",
  label: "outline",
  keys: ["o"],
  enabled: () => true,
  perform: ({ ui }) => ui.setState(({ isOutline }) => ({ isOutline: !isOutline })),
};
