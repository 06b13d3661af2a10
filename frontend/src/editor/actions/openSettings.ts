import { openNote, openStep } from "../moves";
import type { Action } from "./action";

/** The settings of the selected step; a note has none, it is written in. */
export const openSettings: Action = {
  id: "openSettings",
  label: "openSettings",
  keys: ["enter"],
  enabled({ store }) {
    const { selection, selectedNotes } = store.getState();
    return selection.length + selectedNotes.length === 1;
  },
  perform(editor) {
    const { selection, selectedNotes } = editor.store.getState();
    const [step] = selection;
    const [note] = selectedNotes;
    if (step) openStep(editor, step, "");
    else if (note) openNote(editor, note);
  },
};
