import { lastStep, placeAfter } from "../edits";
import { openPicker } from "../moves";
import type { Action } from "./action";

export const addStep: Action = {
  id: "addStep",
  label: "addStep",
  keys: ["a"],
  enabled: () => true,
  perform(editor) {
    const { graph, selection } = editor.store.getState();
    const behind = selection.length === 1 ? selection[0] : lastStep(graph);
    const place = behind ? placeAfter(graph, behind, editor.world()) : null;
    openPicker(
      editor,
      place ?? { kind: "point", at: editor.canvas.current?.middle() ?? { x: 0, y: 0 } },
      behind ?? null,
    );
  },
};
