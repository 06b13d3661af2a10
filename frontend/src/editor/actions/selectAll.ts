import type { Action } from "./action";

export const selectAll: Action = {
  id: "selectAll",
  label: "selectAll",
  keys: ["mod+a"],
  enabled: ({ store }) => store.getState().graph.nodes.length > 0,
  perform: ({ store }) => store.getState().select(store.getState().graph.nodes.map((n) => n.id)),
};
