import type { Action } from "./action";

export const connectTo: Action = {
  id: "connectTo",
  label: "connectTo",
  keys: ["c"],
  enabled: ({ store }) => store.getState().selection.length === 1,
  perform: ({ store, ui }) => ui.setState({ connecting: store.getState().selection[0] ?? null }),
};
