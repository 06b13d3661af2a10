import { useState } from "react";
import * as api from "@/api/endpoints";
import type { RunState } from "../fold";

export type PauseState = "going" | "pausing" | "paused" | "resuming";

export interface Pause {
  state: PauseState;
  pause: () => void;
  resume: () => void;
  /** Why that was not possible. */
  fault: unknown;
}

/** Pauses a run and lets it go on. What was asked for counts until the run's own journal says so. */
export function usePause(run: string | null, { isPaused, seq }: RunState): Pause {
  const [asked, setAsked] = useState<{ run: string; what: "pause" | "resume"; seq: number } | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const ask = (what: "pause" | "resume", send: (run: string) => Promise<unknown>) => {
    if (!run) return;
    setAsked({ run, what, seq });
    setFault(null);
    send(run).catch((thrown) => {
      setAsked(null);
      setFault(thrown);
    });
  };
  return {
    state: stateOf(isPaused, seq, asked?.run === run ? asked : null),
    pause: () => ask("pause", api.runs.pause),
    resume: () => ask("resume", api.runs.resume),
    fault,
  };
}

function stateOf(
  isPaused: boolean,
  seq: number,
  asked: { what: "pause" | "resume"; seq: number } | null,
): PauseState {
  if (isPaused) return asked?.what === "resume" && seq === asked.seq ? "resuming" : "paused";
  return asked?.what === "pause" ? "pausing" : "going";
}
