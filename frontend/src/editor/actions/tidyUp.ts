import type { Action } from "./action";

export const tidyUp: Action = {
  id: "tidyUp",
  label: "tidyUp",
  keys: ["mod+shift+l"],
  enabled: ({ store }) => store.getState().graph.nodes.length > 1,
  async perform({ store, world, canvas }) {
    const [{ tidy }, { default: dagre }] = await Promise.all([import("../layout"), import("@dagrejs/dagre")]);
    store.getState().edit((g) => tidy(g, world(), dagre));
    requestAnimationFrame(() => canvas.current?.fit());
  },
};
