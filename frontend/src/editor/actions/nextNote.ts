import { focusNote } from "../moves";
import { notesInOrder } from "../notes/notes";
import type { Action } from "./action";

/** From note to note, from left to right; behind the last comes the first. */
export const nextNote: Action = {
  id: "nextNote",
  label: "nextNote",
  keys: ["shift+n"],
  enabled: ({ store }) => notesInOrder(store.getState().graph).length > 0,
  perform(editor) {
    const { graph, selectedNotes, select } = editor.store.getState();
    const notes = notesInOrder(graph);
    const next = notes[(notes.findIndex(({ id }) => id === selectedNotes[0]) + 1) % notes.length];
    if (!next) return;
    select([], [], [next.id]);
    void focusNote(editor, next.id);
  },
};
