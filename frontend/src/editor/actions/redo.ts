import { redo as redoIn } from "../store";
import type { Action } from "./action";

export const redo: Action = {
  id: "redo",
  label: "redo",
  keys: ["mod+shift+z", "mod+y"],
  enabled: ({ store }) => store.temporal.getState().futureStates.length > 0,
  perform: ({ store }) => redoIn(store),
};
