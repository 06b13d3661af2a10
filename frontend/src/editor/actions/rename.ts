import type { Action } from "./action";

export const rename: Action = {
  id: "rename",
  label: "rename",
  keys: ["f2"],
  enabled: ({ store }) => store.getState().selection.length === 1,
  perform: ({ store, ui }) => ui.setState({ renaming: store.getState().selection[0] ?? null }),
};
