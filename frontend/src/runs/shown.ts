/** What a card shows of its step in the run on screen. */

import { type AnswerPlan, fatesOf } from "./answer";
import { isOver, type RunState } from "./fold";

export type ShownKind = "running" | "retrying" | "waiting" | "done" | "failed" | "skipped" | "stopped";

export interface ShownStep {
  readonly kind: ShownKind;
  readonly attempt: number;
  readonly elapsedMs: number | null;
  readonly tokens: number | null;
  /** Moves gently; only the first few that are at work do. */
  readonly isPulsing: boolean;
}

const MOST_PULSING = 3;

/** Shown steps by id; one that looks as before is the same object. */
export function shownSteps(
  plan: AnswerPlan,
  run: RunState,
  before: ReadonlyMap<string, ShownStep>,
): ReadonlyMap<string, ShownStep> {
  const fates = fatesOf(plan, run);
  const over = isOver(run.status);
  const shown = new Map<string, ShownStep>();
  let pulsing = 0;
  for (const { id } of plan.graph.nodes) {
    const step = run.steps[id];
    let next: ShownStep;
    if (step) {
      const isPulsing = step.status === "running" && pulsing < MOST_PULSING;
      if (isPulsing) pulsing++;
      next = {
        kind: step.status === "succeeded" ? "done" : step.status,
        attempt: step.attempt,
        elapsedMs: step.elapsedMs,
        tokens: step.usage && step.usage.total_tokens > 0 ? step.usage.total_tokens : null,
        isPulsing,
      };
    } else if (fates.get(id) === "skipped" || over) {
      next = { kind: "skipped", attempt: 0, elapsedMs: null, tokens: null, isPulsing: false };
    } else continue;
    const old = before.get(id);
    shown.set(id, old && isSame(old, next) ? old : next);
  }
  return shown;
}

const isSame = (a: ShownStep, b: ShownStep) =>
  a.kind === b.kind &&
  a.attempt === b.attempt &&
  a.elapsedMs === b.elapsedMs &&
  a.tokens === b.tokens &&
  a.isPulsing === b.isPulsing;
