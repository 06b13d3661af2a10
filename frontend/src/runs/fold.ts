/** A run as the console sees it: a fold over the entries of its stream. The same fold as in Python. */

import type { ErrorBody, Json, RunEvent, RunStatus, Source, StreamEntry, Usage } from "@/api/types";

export type StepStatus = "running" | "retrying" | "waiting" | "succeeded" | "failed" | "stopped";

/** What is known of one step in one run. Replaced, never changed, so that identity says whether it is news. */
export interface StepRun {
  readonly status: StepStatus;
  readonly attempt: number;
  readonly input: Json;
  readonly output: Json;
  /** The way the flow left by; null until it has. */
  readonly port: string | null;
  /** Live text of this attempt. */
  readonly text: string;
  /** Length of `text` in code points, which is what offsets count. */
  readonly length: number;
  readonly usage: Usage | null;
  readonly elapsedMs: number | null;
  readonly error: ErrorBody | null;
  readonly retryInS: number | null;
  /** How many of its passes over the steps inside are done, as it was last told; `total` is null if unknown. */
  readonly progress: Progress | null;
}

export interface Progress {
  readonly done: number;
  readonly total: number | null;
}

export interface RunState {
  readonly status: RunStatus;
  readonly seq: number;
  /** The last entry taken in: where to go on after a reconnect. */
  readonly cursor: string | null;
  readonly query: string;
  readonly steps: { readonly [path: string]: StepRun };
  readonly answer: string | null;
  readonly outputs: Json;
  readonly error: ErrorBody | null;
  readonly usage: Usage | null;
  /** Passages of documents that the answer may rest on. */
  readonly sources: readonly Source[];
}

export const EMPTY_RUN: RunState = {
  status: "queued",
  seq: 0,
  cursor: null,
  query: "",
  steps: {},
  answer: null,
  outputs: null,
  error: null,
  usage: null,
  sources: [],
};

export const isOver = (status: RunStatus): boolean =>
  status === "succeeded" || status === "failed" || status === "cancelled" || status === "timed_out";

/** The state after `entries`. Taking an entry in twice changes nothing. */
export function fold(state: RunState, entries: Iterable<StreamEntry>): RunState {
  for (const entry of entries) {
    if (entry.kind === "event") state = foldEvent(state, entry.event);
    else if (entry.kind === "progress") state = foldProgress(state, entry.progress);
    else state = foldText(state, entry);
    if (state.cursor !== entry.id) state = { ...state, cursor: entry.id };
  }
  return state;
}

export const foldEvents = (state: RunState, events: Iterable<RunEvent>): RunState => {
  for (const event of events) state = foldEvent(state, event);
  return state;
};

/** What a run that was cut short leaves: what was shown of its answer (journals of old do not say), and its usage. */
const cutShort = (data: RunEvent["data"]) => ({
  answer: typeof data.answer === "string" ? data.answer : null,
  usage: usage(data.usage),
});

function foldEvent(before: RunState, event: RunEvent): RunState {
  if (event.seq <= before.seq) return before;
  const state = { ...before, seq: event.seq };
  const { data } = event;
  switch (event.type) {
    case "run_claimed":
      return state;
    case "run_started":
      return { ...state, status: "running", query: text(data.query) };
    case "run_waiting":
      return { ...state, status: "waiting" };
    case "run_succeeded":
      return {
        ...state,
        status: "succeeded",
        answer: text(data.answer),
        outputs: data.outputs ?? null,
        usage: usage(data.usage),
        sources: Array.isArray(data.sources) ? (data.sources as unknown as Source[]) : [],
      };
    case "run_failed":
      return halted({ ...state, ...cutShort(data), status: "failed", error: error(data.error) });
    case "run_timed_out":
      return halted({ ...state, ...cutShort(data), status: "timed_out", error: error(data.error) });
    case "run_cancelled":
      return halted({ ...state, ...cutShort(data), status: "cancelled" });
    case "node_started":
      return withStep({ ...state, status: "running" }, event.path, {
        status: "running",
        attempt: number(data.attempt) ?? 1,
        input: data.input ?? null,
        output: null,
        port: null,
        // Deltas of this attempt may have overtaken the fact on a reconnect; keep them.
        ...liveText(before.steps[event.path], number(data.attempt) ?? 1),
        usage: null,
        elapsedMs: null,
        error: null,
        retryInS: null,
        progress: null,
      });
    case "node_succeeded":
      return changeStep(state, event.path, {
        status: "succeeded",
        output: data.output ?? null,
        port: text(data.port) || "out",
        usage: usage(data.usage),
        elapsedMs: number(data.elapsed_ms),
        error: null,
        retryInS: null,
      });
    case "node_failed": {
      const retryInS = number(data.retry_in_s);
      return changeStep(state, event.path, {
        status: retryInS === null ? "failed" : "retrying",
        error: error(data.error),
        port: text(data.port) || null,
        elapsedMs: number(data.elapsed_ms),
        retryInS,
      });
    }
    case "node_waiting":
      return changeStep(state, event.path, { status: "waiting" });
    default:
      return state;
  }
}

/** Progress may be told late, after a reconnect also of a step that has ended: then nobody asks any more. */
function foldProgress(state: RunState, told: { path: string; done: number; total: number | null }): RunState {
  const step = state.steps[told.path];
  if (!step || isSettled(step)) return state;
  return withStep(state, told.path, { ...step, progress: { done: told.done, total: told.total } });
}

function foldText(state: RunState, entry: Extract<StreamEntry, { kind: "delta" | "snapshot" }>): RunState {
  const { path, attempt, text: piece } = entry.kind === "delta" ? entry.delta : entry.snapshot;
  const step = state.steps[path] ?? FRESH_STEP;
  if (attempt < step.attempt || isSettled(step)) return state;
  const same = attempt === step.attempt;
  const offset = entry.kind === "delta" ? entry.delta.offset : 0;
  const known = same ? step.length : 0;
  // A gap: something was lost on the way. The server sends a snapshot, so wait for that.
  if (offset > known) return state;
  const kept = same ? takeCodePoints(step.text, known, offset) : "";
  return withStep(state, path, {
    ...(same ? step : FRESH_STEP),
    attempt,
    text: kept + piece,
    length: offset + codePoints(piece),
  });
}

const FRESH_STEP: StepRun = {
  status: "running",
  attempt: 1,
  input: null,
  output: null,
  port: null,
  text: "",
  length: 0,
  usage: null,
  elapsedMs: null,
  error: null,
  retryInS: null,
  progress: null,
};

const isSettled = (step: StepRun) =>
  step.status === "succeeded" || step.status === "failed" || step.status === "stopped";

const liveText = (step: StepRun | undefined, attempt: number) =>
  step?.attempt === attempt ? { text: step.text, length: step.length } : { text: "", length: 0 };

function withStep(state: RunState, path: string, step: StepRun): RunState {
  return { ...state, steps: { ...state.steps, [path]: step } };
}

function changeStep(state: RunState, path: string, change: Partial<StepRun>): RunState {
  return withStep(state, path, { ...(state.steps[path] ?? FRESH_STEP), ...change });
}

/** Nothing goes on after the end: what was open is marked as stopped. */
function halted(state: RunState): RunState {
  let next = state;
  for (const [path, step] of Object.entries(state.steps)) {
    if (!isSettled(step)) next = changeStep(next, path, { status: "stopped" });
  }
  return next;
}

export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function takeCodePoints(value: string, length: number, count: number): string {
  return count === length ? value : [...value].slice(0, count).join("");
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const number = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

function record(value: Json | undefined): { [key: string]: Json } | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}

function usage(value: Json | undefined): Usage | null {
  const found = record(value);
  if (!found) return null;
  const prompt = number(found.prompt_tokens) ?? 0;
  const completion = number(found.completion_tokens) ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: number(found.total_tokens) ?? prompt + completion,
    cost: number(found.cost),
  };
}

function error(value: Json | undefined): ErrorBody | null {
  const found = record(value);
  return found && { code: text(found.code), message: text(found.message), hint: text(found.hint) };
}
