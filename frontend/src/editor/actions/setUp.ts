import { askedOf } from "../setup/questions";
import type { Action } from "./action";

export const setUp: Action = {
  id: "setUp",
  label: "setUp",
  keys: [],
  enabled: ({ setup, store, types }) => askedOf(setup, store.getState().graph, types).length > 0,
  perform: ({ ui }) => ui.setState({ isSetUpOpen: true, isHelpOpen: false }),
};
