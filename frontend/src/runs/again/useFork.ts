import { useState } from "react";
import * as api from "@/api/endpoints";
import type { StepEdit } from "@/api/types";
import { wholeOf } from "../whole";
import { type Again, useAgain } from "./again";

export interface Fork {
  /** Begins a new run at the step; true when it has begun. */
  start: (path: string, how?: { edit?: StepEdit | null; only?: boolean }) => Promise<boolean>;
  isStarting: boolean;
  fault: unknown;
}

/** Begins runs that go on from a step of the run `run`. */
export function useFork(run: string | null): Fork {
  const again = useAgain();
  const [isStarting, setStarting] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const begin = async (of: Again, from: string, edit: StepEdit | null, only: boolean): Promise<boolean> => {
    const whole =
      edit && "output" in edit ? { ...edit, output: await wholeOf(run ?? "", edit.output) } : edit;
    if (of.prepare && !(await of.prepare())) return false;
    const made = await api.runs.fork(run ?? "", {
      from,
      ...(whole ? { edits: { [from]: whole } } : {}),
      only,
      version: of.isDraft ? "draft" : "origin",
    });
    of.onStarted(made, from);
    return true;
  };
  return {
    isStarting,
    fault,
    start: async (path, { edit = null, only = false } = {}) => {
      if (!again || !run) return false;
      setStarting(true);
      setFault(null);
      try {
        return await begin(again, path, edit, only);
      } catch (thrown) {
        setFault(thrown);
        return false;
      } finally {
        setStarting(false);
      }
    },
  };
}
