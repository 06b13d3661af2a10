import { removeEdges, removeSteps } from "../edits";
import type { Action } from "./action";

export const deleteSelection: Action = {
  id: "deleteSelection",
  label: "delete",
  keys: ["delete", "backspace"],
  enabled: ({ store }) => store.getState().selection.length + store.getState().selectedEdges.length > 0,
  perform({ store }) {
    const { selection, selectedEdges, edit } = store.getState();
    edit((g) => removeEdges(removeSteps(g, new Set(selection)), new Set(selectedEdges)), { select: [] });
  },
};
