import type { Action } from "./action";
import { addInside } from "./addInside";
import { addNote } from "./addNote";
import { addStep } from "./addStep";
import { connectTo } from "./connectTo";
import { deleteSelection } from "./deleteSelection";
import { duplicate } from "./duplicate";
import { failurePath } from "./failurePath";
import { fit } from "./fit";
import { group } from "./group";
import { help } from "./help";
import { limits } from "./limits";
import { memory } from "./memory";
import { nextNote } from "./nextNote";
import { openSettings } from "./openSettings";
import { outline } from "./outline";
import { redo } from "./redo";
import { rename } from "./rename";
import { repeat } from "./repeat";
import { selectAll } from "./selectAll";
import { setUp } from "./setUp";
import { tidyUp } from "./tidyUp";
import { tour } from "./tour";
import { undo } from "./undo";
import { ungroup } from "./ungroup";
import { zoomIn } from "./zoomIn";
import { zoomOut } from "./zoomOut";

export type { Action } from "./action";
export {
  addInside,
  addNote,
  addStep,
  connectTo,
  deleteSelection,
  duplicate,
  failurePath,
  fit,
  group,
  help,
  limits,
  memory,
  nextNote,
  openSettings,
  outline,
  redo,
  rename,
  repeat,
  selectAll,
  setUp,
  tidyUp,
  tour,
  undo,
  ungroup,
  zoomIn,
  zoomOut,
};

/** All commands, in the order of the list of shortcuts. */
export const ACTIONS: readonly Action[] = [
  addStep,
  addInside,
  openSettings,
  connectTo,
  failurePath,
  rename,
  repeat,
  duplicate,
  deleteSelection,
  undo,
  redo,
  selectAll,
  group,
  ungroup,
  addNote,
  nextNote,
  tidyUp,
  fit,
  zoomIn,
  zoomOut,
  outline,
  memory,
  limits,
  setUp,
  help,
  tour,
];
