import { tidy } from "../layout";
import type { Action } from "./action";

export const tidyUp: Action = {
  id: "tidyUp",
  label: "tidyUp",
  keys: ["mod+shift+l"],
  enabled: ({ store }) => store.getState().graph.nodes.length > 1,
  perform({ store, world, canvas }) {
    store.getState().edit((g) => tidy(g, world()));
    requestAnimationFrame(() => canvas.current?.fit());
  },
};
