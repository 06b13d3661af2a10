import { openStep } from "../moves";
import type { Action } from "./action";

export const openSettings: Action = {
  id: "openSettings",
  label: "openSettings",
  keys: ["enter"],
  enabled: ({ store }) => store.getState().selection.length === 1,
  perform(editor) {
    const [step] = editor.store.getState().selection;
    if (step) openStep(editor, step, "");
  },
};
