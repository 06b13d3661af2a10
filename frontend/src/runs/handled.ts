/** Failures that a run went on after, and how. */

import type { ErrorBody, Json } from "@/api/types";
import { ERROR_PORT } from "@/flow-kit/graph";
import type { RunState, StepRun } from "./fold";

/** By the path for failures, or with what was set for this case. */
export type WentOn = "port" | "default";

export interface Handled {
  readonly path: string;
  readonly error: ErrorBody;
  readonly how: WentOn;
}

/** How the run went on after this step failed; null for a step that did not fail, or ended what is around it. */
export function wentOn(step: StepRun): WentOn | null {
  if (step.status !== "failed" || step.port === null) return null;
  return step.port === ERROR_PORT ? "port" : "default";
}

/** What later steps get of this one: of one whose failure took a path of its own, what happened. */
export const givenBy = (step: StepRun | undefined): Json =>
  step && wentOn(step) === "port" && step.error
    ? { code: step.error.code, message: step.error.message }
    : (step?.output ?? null);

export function handledIn(run: RunState): Handled[] {
  return Object.entries(run.steps).flatMap(([path, step]) => {
    const how = wentOn(step);
    return how && step.error ? [{ path, error: step.error, how }] : [];
  });
}

/** The limit of which kind ended the run; null where none did. */
export type LimitHit = "steps" | "wall_s" | "tokens" | "cost";

const LIMIT_OF: Readonly<Record<string, LimitHit>> = {
  step_limit: "steps",
  run_timed_out: "wall_s",
  token_limit: "tokens",
  cost_limit: "cost",
};

export const limitHit = (run: RunState): LimitHit | null =>
  run.status === "failed" || run.status === "timed_out" ? (LIMIT_OF[run.error?.code ?? ""] ?? null) : null;
