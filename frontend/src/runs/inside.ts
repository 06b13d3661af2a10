/** The run of an app inside another, as the same parts look at it that look at the run itself. */

import type { AnswerPlan } from "./answer";
import { isSettled } from "./draft";
import { isOver } from "./fold";
import type { RunReader, RunView } from "./runStore";
import { NOTHING_SHOWN, shownSteps } from "./shown";

/**
 * `around` as seen from inside the step at `path`: `plan` is of the used app. Steps are known by their ids in that
 * app; what they are in the run is found by `paths`, as everywhere. Nothing is copied or kept up to date: it is
 * worked out from what is around when that has changed.
 */
export function runInside(around: RunReader, plan: AnswerPlan, path: string): RunReader {
  let from: RunView | null = null;
  let view: RunView | null = null;
  const getState = (): RunView => {
    const now = around.getState();
    if (view && from === now) return view;
    const step = now.run.steps[path];
    const frame = {
      prefix: `${path}[0].`,
      isOver: isOver(now.run.status) || (step ? isSettled(step) : false),
    };
    const shown = shownSteps(plan, now.run, now.chosenRounds, view ?? NOTHING_SHOWN, frame);
    from = now;
    view = { ...now, plan, ...shown };
    return view;
  };
  return {
    getState,
    getInitialState: getState,
    subscribe: (listener) => {
      let before = getState();
      return around.subscribe(() => {
        const after = getState();
        listener(after, before);
        before = after;
      });
    },
  };
}
