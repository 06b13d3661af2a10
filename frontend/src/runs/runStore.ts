/** How the run on screen goes, apart from the graph: a card hears only of its own step. */

import { createStore } from "zustand/vanilla";
import type { StreamEntry } from "@/api/types";
import { EMPTY_RUN, fold, type RunState } from "./fold";

export interface RunView {
  readonly runId: string | null;
  readonly run: RunState;
}

export type RunStore = ReturnType<typeof createRunStore>;

/** `onFrame` calls back once before the next paint; a batch of entries is folded and shown once per frame. */
export function createRunStore(onFrame: (work: () => void) => void = (work) => requestAnimationFrame(work)) {
  const store = createStore<RunView>()(() => ({ runId: null, run: EMPTY_RUN }));
  let waiting: StreamEntry[] = [];
  let isDue = false;

  const flush = () => {
    isDue = false;
    const entries = waiting;
    waiting = [];
    if (entries.length > 0) store.setState(({ run }) => ({ run: fold(run, entries) }));
  };

  return Object.assign(store, {
    begin(runId: string, query: string) {
      waiting = [];
      store.setState({ runId, run: { ...EMPTY_RUN, query } });
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
    clear() {
      waiting = [];
      store.setState({ runId: null, run: EMPTY_RUN });
    },
  });
}
