import { groupOfStep } from "@/flow-kit/beside";
import { leaveGroups } from "../groups/stepGroups";
import type { Action } from "./action";

/** Takes the selected steps out of their group. */
export const ungroup: Action = {
  id: "ungroup",
  label: "ungroup",
  keys: ["mod+shift+g"],
  enabled: ({ store }) => {
    const { graph, selection } = store.getState();
    return selection.some((id) => groupOfStep(graph, id));
  },
  perform({ store }) {
    const { selection, edit } = store.getState();
    edit((g) => leaveGroups(g, new Set(selection)));
  },
};
