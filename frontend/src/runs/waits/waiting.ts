/** Steps of a run that wait, and for what. */

import type { RunState, Wait } from "../fold";

/** A step that may have acted was cut off; a person has to say what became of it. */
export const UNKNOWN = "outcome_unknown";

/** What the steps of a run wait for, in the order of their paths. */
export function waitsOf(run: RunState): Wait[] {
  const waits = [...run.open].flatMap((path) => {
    const step = run.steps[path];
    return step?.status === "waiting" && step.wait ? [step.wait] : [];
  });
  return waits.sort((a, b) => (a.path < b.path ? -1 : 1));
}
