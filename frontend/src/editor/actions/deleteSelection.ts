import type { Graph } from "@/api/types";
import { removeEdges, removeSteps } from "../edits";
import { removeNotes } from "../notes/notes";
import type { Action } from "./action";

export const deleteSelection: Action = {
  id: "deleteSelection",
  label: "delete",
  keys: ["delete", "backspace"],
  enabled: ({ store }) => {
    const { selection, selectedEdges, selectedNotes } = store.getState();
    return selection.length + selectedEdges.length + selectedNotes.length > 0;
  },
  perform({ store }) {
    const { selection, selectedEdges, selectedNotes, edit } = store.getState();
    const without = (g: Graph) => removeEdges(removeSteps(g, new Set(selection)), new Set(selectedEdges));
    // Steps first: what is said of steps alone leaves the notes to be kept.
    edit((g) => removeNotes({ ...g, ...without(g) }, new Set(selectedNotes)), { select: [] });
  },
};
