/** What a card shows of its step in the run on screen. */

import type { Graph } from "@/api/types";
import { type AnswerPlan, fatesOf } from "./answer";
import { isSettled } from "./draft";
import {
  type Given,
  isOver,
  type Progress,
  type Rounds,
  type RunState,
  type StepRun,
  type TakenAgain,
} from "./fold";
import { wentOn } from "./handled";
import { within } from "./paths";

export type ShownKind =
  | "running"
  | "retrying"
  | "waiting"
  | "done"
  | "failed"
  | "handled"
  | "skipped"
  | "stopped";

export interface ShownStep {
  readonly kind: ShownKind;
  readonly attempt: number;
  /** Why it waits, while it does; of one that failed, how the run went on. */
  readonly reason: string | null;
  readonly elapsedMs: number | null;
  readonly tokens: number | null;
  /** Moves gently; only the first few that are at work do. */
  readonly isPulsing: boolean;
  /** How far a step has come that repeats what it holds. */
  readonly progress: Progress | null;
  /** The rounds of such a step, and the one that is looked at. */
  readonly rounds: ShownRounds | null;
  /** How many of its questions were answered by what had been answered before. */
  readonly takenAgain: TakenAgain | null;
  /** Where its result comes from, when it did not run itself. */
  readonly given: Given | null;
}

export interface ShownRounds {
  /** The path of the step that repeats. */
  readonly path: string;
  readonly count: number;
  readonly chosen: number;
  readonly failed: readonly number[];
}

/** Rounds that a person chose to look at, by the path of the step that repeats. */
export type ChosenRounds = ReadonlyMap<string, number>;

/** Shown steps by id, and where in the run each is looked at. */
export interface ShownRun {
  readonly shown: ReadonlyMap<string, ShownStep>;
  readonly paths: ReadonlyMap<string, string>;
}

export const NOTHING_SHOWN: ShownRun = { shown: new Map(), paths: new Map() };

const MOST_PULSING = 3;

/** The round to look at: what the person chose, else the one that was begun last, or afterwards the first that failed. */
export function roundToShow(
  rounds: Rounds | undefined,
  chosen: number | undefined,
  isEnded: boolean,
): number {
  if (chosen !== undefined && chosen < (rounds?.count ?? 0)) return chosen;
  return (isEnded ? rounds?.failed[0] : undefined) ?? rounds?.latest ?? 0;
}

/** What asks a person whether an agent may use a tool, while it does: the tool itself has not begun. */
function askedAbout(run: RunState, pathOf: (id: string) => string, id: string): StepRun | undefined {
  const asking = run.steps[pathOf(`ask_${id}`)];
  return asking?.status === "waiting" ? asking : undefined;
}

/** While a run waits nothing is at work: what was goes on later where it is. */
function kindOf(step: StepRun, run: RunState): ShownKind {
  if (step.status === "succeeded") return "done";
  if (wentOn(step)) return "handled";
  if (run.status === "waiting" && (step.status === "running" || step.status === "retrying")) return "waiting";
  return step.status;
}

/** What the paths of a graph's steps begin with, and whether nothing of it is under way any more. */
export interface Frame {
  readonly prefix: string;
  readonly isOver: boolean;
}

/** A step that looks as before is the same object. `frame` is where an app runs inside the one that was started. */
export function shownSteps(
  plan: AnswerPlan,
  run: RunState,
  chosen: ChosenRounds,
  before: ShownRun,
  frame: Frame = { prefix: "", isOver: isOver(run.status) },
): ShownRun {
  const shown = new Map<string, ShownStep>();
  const paths = new Map<string, string>();
  let pulsing = 0;

  const look = (graph: Graph, pathOf: (id: string) => string, isPassedBy: boolean, over: boolean) => {
    const fates = fatesOf({ ...plan, graph }, (id) => run.steps[pathOf(id)]);
    for (const node of graph.nodes) {
      const path = pathOf(node.id);
      paths.set(node.id, path);
      const step = run.steps[path] ?? askedAbout(run, pathOf, node.id);
      const isSkipped = !step && (isPassedBy || fates.get(node.id) === "skipped" || over);
      const rounds = run.rounds[path];
      const isEnded = over || (step !== undefined && isSettled(step));
      const round = roundToShow(rounds, chosen.get(path), isEnded);
      if (step) {
        const kind = kindOf(step, run);
        const isPulsing = kind === "running" && pulsing < MOST_PULSING;
        if (isPulsing) pulsing++;
        keep(node.id, {
          kind,
          attempt: step.attempt,
          reason: kind === "waiting" ? (step.wait?.reason ?? null) : wentOn(step),
          // What was given took no time and no words of this run.
          elapsedMs: step.given ? null : step.elapsedMs,
          tokens: !step.given && step.usage && step.usage.total_tokens > 0 ? step.usage.total_tokens : null,
          given: step.given,
          takenAgain: step.given ? null : step.takenAgain,
          isPulsing,
          // The last word on it may have been left out; afterwards the rounds themselves can be counted.
          progress: kind === "done" ? null : step.progress,
          // An app that is used runs once, in what its path calls round 0.
          rounds:
            rounds && node.body ? { path, count: rounds.count, chosen: round, failed: rounds.failed } : null,
        });
      } else if (isSkipped) keep(node.id, SKIPPED);
      if (node.body) look(node.body, (id) => within(path, round, id), isSkipped, isEnded);
    }
  };
  const keep = (id: string, next: ShownStep) => {
    const old = before.shown.get(id);
    shown.set(id, old && isSame(old, next) ? old : next);
  };
  look(plan.graph, (id) => frame.prefix + id, false, frame.isOver);
  return { shown, paths };
}

const SKIPPED: ShownStep = {
  kind: "skipped",
  attempt: 0,
  reason: null,
  elapsedMs: null,
  tokens: null,
  isPulsing: false,
  progress: null,
  rounds: null,
  takenAgain: null,
  given: null,
};

const isSame = (a: ShownStep, b: ShownStep) =>
  a.kind === b.kind &&
  a.attempt === b.attempt &&
  a.reason === b.reason &&
  a.elapsedMs === b.elapsedMs &&
  a.tokens === b.tokens &&
  a.isPulsing === b.isPulsing &&
  a.progress === b.progress &&
  a.given === b.given &&
  a.takenAgain?.since === b.takenAgain?.since &&
  a.takenAgain?.count === b.takenAgain?.count &&
  a.rounds?.path === b.rounds?.path &&
  a.rounds?.count === b.rounds?.count &&
  a.rounds?.chosen === b.rounds?.chosen &&
  a.rounds?.failed === b.rounds?.failed;
