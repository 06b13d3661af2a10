import { nodeById } from "@/flow-kit/graph";
import { holdsSteps } from "@/flow-kit/stepTypes";
import { openPicker } from "../moves";
import type { Action } from "./action";

/** Adds a step at the beginning of the selected frame. */
export const addInside: Action = {
  id: "addInside",
  label: "addInside",
  keys: ["i"],
  enabled({ store, types }) {
    const { graph, selection } = store.getState();
    const node = selection.length === 1 ? nodeById(graph, selection[0] as string) : undefined;
    return node !== undefined && holdsSteps(types.get(node.type));
  },
  perform(editor) {
    const [node] = editor.store.getState().selection;
    if (node) openPicker(editor, { kind: "inside", node }, node);
  },
};
