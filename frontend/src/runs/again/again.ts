/** Going on from a step of a run that has ended: what a part of the screen must know to offer it. */

import { createContext, useContext } from "react";
import type { Graph, Run, UsedApps } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";

export interface Again {
  readonly workflow: string;
  /** The app's own graph, as it was when the run began. */
  readonly graph: Graph;
  readonly types: StepTypes;
  /** The apps that ran inside. */
  readonly used: UsedApps | null;
  /** The new run goes by the draft as it is now, instead of by what the run at hand went by. */
  readonly isDraft: boolean;
  /** What is drawn otherwise by now, and therefore runs again; in all rounds of `loop_1` it is `loop_1[*].…`. */
  readonly changedSteps?: () => readonly string[];
  /** Makes ready what is to run; false when that was not possible, and somebody has said why. */
  readonly prepare?: () => Promise<boolean>;
  /** A new run has begun at that step. */
  readonly onStarted: (run: Run, path: string) => void;
}

/** Null where no run can go on from a step. */
export const AgainContext = createContext<Again | null>(null);

export const useAgain = (): Again | null => useContext(AgainContext);
