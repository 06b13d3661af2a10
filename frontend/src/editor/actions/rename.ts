import { openNote } from "../moves";
import type { Action } from "./action";

/** A name for the selected step; a note has none, it is written in. */
export const rename: Action = {
  id: "rename",
  label: "rename",
  keys: ["f2"],
  enabled({ store }) {
    const { selection, selectedNotes } = store.getState();
    return selection.length + selectedNotes.length === 1;
  },
  perform(editor) {
    const { selection, selectedNotes } = editor.store.getState();
    const [note] = selectedNotes;
    if (note) openNote(editor, note);
    else editor.ui.setState({ renaming: selection[0] ?? null });
  },
};
