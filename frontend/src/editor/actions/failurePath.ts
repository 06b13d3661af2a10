import { ERROR_PORT, edgesOutOf, nodeById } from "@/flow-kit/graph";
import { openPicker } from "../moves";
import type { Action } from "./action";

/** What was set to happen instead is changed under *If it fails*. */
const ELSEWHERE: ReadonlySet<string> = new Set(["fail", "default"]);

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
      !ELSEWHERE.has(nodeById(graph, step)?.policy.on_error ?? "") &&
      !edgesOutOf(graph, step).some((e) => e.port === ERROR_PORT)
    );
  },
  perform(editor) {
    const [step] = editor.store.getState().selection;
    if (step) openPicker(editor, { kind: "after", node: step, port: ERROR_PORT }, step);
  },
};
