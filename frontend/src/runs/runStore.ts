/** How the run on screen goes, apart from the graph: a card hears only of its own step. */

import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { StreamEntry } from "@/api/types";
import { type AnswerPlan, answerSoFar } from "./answer";
import { EMPTY_RUN, fold, type RunState } from "./fold";
import { type ChosenRounds, NOTHING_SHOWN, type ShownStep, shownSteps } from "./shown";

export interface RunView {
  readonly runId: string | null;
  readonly run: RunState;
  /** The graph the run was started with; what is drawn may have changed since. */
  readonly plan: AnswerPlan | null;
  readonly shown: ReadonlyMap<string, ShownStep>;
  /** Where in the run each step is looked at: in which rounds of the frames around it. */
  readonly paths: ReadonlyMap<string, string>;
  readonly chosenRounds: ChosenRounds;
  readonly answer: string;
}

export type RunStore = ReturnType<typeof createRunStore>;

const NOTHING: RunView = {
  runId: null,
  run: EMPTY_RUN,
  plan: null,
  ...NOTHING_SHOWN,
  chosenRounds: new Map(),
  answer: "",
};

/** `onFrame` calls back once before the next paint; a batch of entries is folded and shown once per frame. */
export function createRunStore(onFrame: (work: () => void) => void = nextFrame) {
  const store = createStore<RunView>()(() => NOTHING);
  let waiting: StreamEntry[] = [];
  let isDue = false;

  const show = (view: RunView, run: RunState): Partial<RunView> =>
    view.plan
      ? { run, ...shownSteps(view.plan, run, view.chosenRounds, view), answer: answerSoFar(view.plan, run) }
      : { run };

  const flush = () => {
    isDue = false;
    const entries = waiting;
    waiting = [];
    if (entries.length > 0) store.setState((view) => show(view, fold(view.run, entries)));
  };

  return Object.assign(store, {
    begin(runId: string, query: string, plan: AnswerPlan) {
      waiting = [];
      store.setState({ ...NOTHING, runId, plan, run: { ...EMPTY_RUN, query } });
    },
    take(entries: readonly StreamEntry[]) {
      waiting.push(...entries);
      if (isDue) return;
      isDue = true;
      onFrame(flush);
    },
    /** What was seen so far no longer joins on; everything comes again from the start. */
    reset() {
      waiting = [];
      store.setState(({ run }) => ({ run: { ...EMPTY_RUN, query: run.query } }));
    },
    /** Looks at one round of a step that repeats what it holds; `container` is that step's path. */
    chooseRound(container: string, round: number) {
      store.setState((view) => {
        const chosenRounds = new Map(view.chosenRounds).set(container, round);
        if (!view.plan) return { chosenRounds };
        return { chosenRounds, ...shownSteps(view.plan, view.run, chosenRounds, view) };
      });
    },
    clear() {
      waiting = [];
      store.setState(NOTHING);
    },
  });
}

/** A hidden tab gets no frames; its run must go on all the same. */
function nextFrame(work: () => void): void {
  if (document.hidden) setTimeout(work, 50);
  else requestAnimationFrame(work);
}

/** A run to look at: the one on screen, or an app that runs inside it. */
export type RunReader = Pick<RunStore, "getState" | "getInitialState" | "subscribe">;

export const RunContext = createContext<RunReader | null>(null);

export function useRunReader(): RunReader {
  const store = useContext(RunContext);
  if (!store) throw new Error("A run was asked for outside a RunContext.");
  return store;
}

export const useRun = <T>(select: (view: RunView) => T): T => useStore(useRunReader(), select);
