/** What the editor offers to who searches by name: the steps of the app, and every command that makes sense now. */

import { startsRun, titleOf } from "@/flow-kit/stepTypes";
import { stepsAsRead } from "@/flow-kit/tree";
import type { Offer } from "@/palette/offers";
import { ACTIONS } from "./actions";
import { printed } from "./actions/keys";
import type { EditorWorld } from "./context";
import { focusStep, openStep } from "./moves";

export function offersOf(editor: EditorWorld, language: string): Offer[] {
  const { store, types, t } = editor;
  const steps = stepsAsRead(store.getState().graph, (node) => startsRun(types.get(node.type))).map(
    (node): Offer => ({
      kind: "step",
      title: titleOf(node, types, language),
      perform: () => {
        openStep(editor, node.id, null);
        void focusStep(editor, node.id);
      },
    }),
  );
  const actions = ACTIONS.filter((action) => action.enabled(editor)).map(
    (action): Offer => ({
      kind: "action",
      title: t(`actions.${action.label}`),
      keys: printed(action.keys[0] ?? ""),
      perform: () => action.perform(editor),
    }),
  );
  return [...steps, ...actions];
}
