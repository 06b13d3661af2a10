import { undo as undoIn } from "../store";
import type { Action } from "./action";

export const undo: Action = {
  id: "undo",
  label: "undo",
  keys: ["mod+z"],
  enabled: ({ store }) => store.temporal.getState().pastStates.length > 0,
  perform: ({ store }) => undoIn(store),
};
