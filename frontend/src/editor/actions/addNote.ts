import { addNote as addTo, hasRoomForNotes } from "../notes/notes";
import type { Action } from "./action";

/** An empty note in the middle of what is in view, to be written at once. */
export const addNote: Action = {
  id: "addNote",
  label: "addNote",
  keys: ["n"],
  enabled: ({ store }) => hasRoomForNotes(store.getState().graph),
  perform({ store, ui, canvas, world }) {
    const added = addTo(store.getState().graph, canvas.current?.middle() ?? null, world());
    store.getState().edit(() => added.graph, { select: [], notes: [added.id] });
    ui.setState({ editingNote: added.id });
  },
};
