import { ERROR_PORT, edgesOutOf } from "@/flow-kit/graph";
import { openPicker } from "../moves";
import type { Action } from "./action";

/** Gives a step a way on for when it has failed, instead of ending the run. */
export const failurePath: Action = {
  id: "failurePath",
  label: "failurePath",
  keys: [],
  enabled({ store }) {
    const { graph, selection } = store.getState();
    const [step] = selection;
    return (
      step !== undefined &&
      selection.length === 1 &&
      !edgesOutOf(graph, step).some((e) => e.port === ERROR_PORT)
    );
  },
  perform(editor) {
    const [step] = editor.store.getState().selection;
    if (step) openPicker(editor, { kind: "after", node: step, port: ERROR_PORT }, step);
  },
};
