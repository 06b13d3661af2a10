import { canPutAround } from "../edits";
import { openPicker } from "../moves";
import type { Action } from "./action";

/** Puts a frame around the selected steps; the picker asks which. */
export const repeat: Action = {
  id: "repeat",
  label: "repeat",
  keys: ["r"],
  enabled: ({ store, types }) => {
    const { graph, selection } = store.getState();
    return canPutAround(graph, selection, types);
  },
  perform(editor) {
    const { selection } = editor.store.getState();
    const [first] = selection;
    if (first) openPicker(editor, { kind: "around", nodes: selection }, first);
  },
};
