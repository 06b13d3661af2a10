/** A run as the console sees it: a fold over the entries of its stream. The same fold as in Python. */

import type {
  ErrorBody,
  FileAlong,
  Json,
  RunEvent,
  RunStatus,
  Source,
  StreamEntry,
  Usage,
} from "@/api/types";
import { isApart, noteApart } from "./apart";
import { beginRound, Draft, failRound, isSettled } from "./draft";
import { isFile } from "./files";
import { changed, declare, type Memory, NOTHING_REMEMBERED, recall } from "./remembered";

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
  /** What it waits for, while it does. */
  readonly wait: Wait | null;
  /** How many of its rounds over the steps inside are done, as it was last told; `total` is null if unknown. */
  readonly progress: Progress | null;
  /** Where its question is in the line before a model, while it waits there. */
  readonly inLine: InLine | null;
  /** How many of its questions to models were answered by what had been answered before. */
  readonly takenAgain: TakenAgain | null;
  /** Where its result comes from, when it did not run itself. */
  readonly given: Given | null;
}

/** Kept from the run that this one goes on from, data that a person keeps as a sample, or set for this run alone. */
export type Given = "before" | "sample" | "set";

export interface Wait {
  readonly path: string;
  /** "outcome_unknown": it was cut off, and a person has to say what became of it. */
  readonly reason: string;
  readonly until: string | null;
  /** The step's title, where the journal tells it: steps of another app are not on the canvas. */
  readonly title: string;
  /** What it asks a person, and until when; as the journal tells it. */
  readonly about: { readonly [name: string]: Json };
  readonly since: string;
}

/** Rounds are counted from 0; several may be under way at once. */
export interface Rounds {
  /** The round that was begun last. */
  readonly latest: number;
  /** How many there have been: one more than the highest. */
  readonly count: number;
  /** The rounds that a failure has ended, in order. */
  readonly failed: readonly number[];
  /** Rounds were seen under way at the same time, so that none of them hangs on another. */
  readonly isSideBySide?: true;
}

/** Of so many questions, and when the oldest of those answers was given. */
export interface TakenAgain {
  readonly count: number;
  readonly of: number;
  readonly since: string;
}

/** So many questions are before this one, and so many are answered at a time. */
export interface InLine {
  readonly ahead: number;
  readonly atOnce: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number | null;
}

export interface RunState extends Memory {
  /** What all apps of the workspace share and this run uses, as it was when the run began. */
  readonly env: { readonly [name: string]: Json };
  readonly status: RunStatus;
  readonly seq: number;
  /** The last entry taken in: where to go on after a reconnect. */
  readonly cursor: string | null;
  readonly query: string;
  readonly steps: { readonly [path: string]: StepRun };
  /** The paths of the steps that have not come to their end. */
  readonly open: ReadonlySet<string>;
  /** Someone has paused it, and nothing is at work any more. */
  readonly isPaused: boolean;
  /** The rounds of steps that repeat what they hold, by the path of that step. */
  readonly rounds: { readonly [path: string]: Rounds };
  readonly answer: string | null;
  readonly outputs: Json;
  readonly error: ErrorBody | null;
  readonly usage: Usage | null;
  /** Failures that it went on after. */
  readonly handled: number;
  /** What a person set for steps of this run alone, by their paths. */
  readonly edits: { readonly [path: string]: Json };
  /** What it may take at most, as it began. */
  readonly limits: { readonly [name: string]: Json };
  /** Passages of documents that the answer may rest on. */
  readonly sources: readonly Source[];
  /** Files that its replies gave along. */
  readonly files: readonly FileAlong[];
}

export const EMPTY_RUN: RunState = {
  status: "queued",
  seq: 0,
  cursor: null,
  query: "",
  steps: {},
  open: new Set(),
  isPaused: false,
  rounds: {},
  answer: null,
  outputs: null,
  error: null,
  usage: null,
  handled: 0,
  edits: {},
  limits: {},
  env: {},
  ...NOTHING_REMEMBERED,
  sources: [],
  files: [],
};

export const isOver = (status: RunStatus): boolean =>
  status === "succeeded" || status === "failed" || status === "cancelled" || status === "timed_out";

/** The state after `entries`. Taking an entry in twice changes nothing. */
export function fold(state: RunState, entries: Iterable<StreamEntry>): RunState {
  const draft = new Draft(state);
  for (const entry of entries) {
    if (entry.kind === "event") foldEvent(draft, entry.event);
    else if (entry.kind === "progress") foldProgress(draft, entry.progress);
    else if (entry.kind === "place") foldPlace(draft, entry.place);
    else foldText(draft, entry);
    draft.set({ cursor: entry.id });
  }
  return draft.state;
}

export function foldEvents(state: RunState, events: Iterable<RunEvent>): RunState {
  const draft = new Draft(state);
  for (const event of events) foldEvent(draft, event);
  return draft.state;
}

/** What a run that was cut short leaves: what was shown of its answer (journals of old do not say), and its usage. */
const cutShort = (data: RunEvent["data"]) => ({
  answer: typeof data.answer === "string" ? data.answer : null,
  usage: usage(data.usage),
});

function foldEvent(draft: Draft, event: RunEvent): void {
  if (event.seq <= draft.state.seq) return;
  draft.set({ seq: event.seq });
  const { data, path } = event;
  noteApart(data);
  switch (event.type) {
    case "run_started":
      draft.set({ status: "running", query: text(data.query) || draft.state.query });
      draft.set({ limits: record(data.limits) ?? {} });
      draft.set({ env: record(data.env) ?? {}, edits: record(data.edits) ?? {} });
      draft.set({ declared: declare(data, (key, value) => draft.put("variables", key, value)) });
      recallInto(draft);
      break;
    case "run_claimed":
      if (draft.state.status === "waiting") draft.set({ status: "running", isPaused: false });
      if (record(data.conversation) && !isApart(data.conversation)) {
        draft.set({ kept: record(data.conversation) });
        recallInto(draft);
      }
      break;
    case "variable_set": {
      const made = changed(data, draft.state);
      if (!made) break;
      draft.put("variables", made.change.key, made.after);
      draft.put("changes", path, [...(draft.state.changes[path] ?? []), made.change]);
      break;
    }
    case "run_waiting":
      draft.set({ status: "waiting", isPaused: isPause(data.reasons) });
      break;
    case "run_succeeded":
      draft.set({
        status: "succeeded",
        answer: text(data.answer),
        outputs: data.outputs ?? null,
        usage: usage(data.usage),
        handled: number(data.handled_errors) ?? draft.state.handled,
        sources: Array.isArray(data.sources) ? (data.sources as unknown as Source[]) : [],
        files: filesAlong(data.outputs),
      });
      break;
    case "run_failed":
      draft.set({ ...cutShort(data), status: "failed", error: error(data.error) });
      halt(draft);
      break;
    case "run_timed_out":
      draft.set({ ...cutShort(data), status: "timed_out", error: error(data.error) });
      halt(draft);
      break;
    case "run_cancelled":
      draft.set({ ...cutShort(data), status: "cancelled" });
      halt(draft);
      break;
    case "node_started": {
      const attempt = number(data.attempt) ?? 1;
      draft.set({ status: "running" });
      beginRound(draft, path);
      draft.put("steps", path, {
        status: "running",
        attempt,
        input: data.input ?? null,
        output: null,
        port: null,
        // Deltas of this attempt may have overtaken the fact on a reconnect; keep them.
        ...liveText(draft.state.steps[path], attempt),
        usage: null,
        elapsedMs: null,
        error: null,
        retryInS: null,
        wait: null,
        progress: null,
        inLine: null,
        takenAgain: null,
        given: givenIn(data, draft.state.edits[path]),
      });
      break;
    }
    case "node_succeeded":
      changeStep(draft, path, {
        status: "succeeded",
        output: data.output ?? null,
        port: text(data.port) || "out",
        usage: usage(data.usage),
        elapsedMs: number(data.elapsed_ms),
        error: null,
        retryInS: null,
        wait: null,
        inLine: null,
        takenAgain: takenAgain(data.taken_again),
        given: givenIn(data, draft.state.edits[path]),
      });
      halt(draft, `${path}[`);
      break;
    case "node_failed": {
      const retryInS = number(data.retry_in_s);
      const port = text(data.port) || null;
      if (retryInS === null && port === null) failRound(draft, path);
      if (port !== null) draft.set({ handled: draft.state.handled + 1 });
      changeStep(draft, path, {
        status: retryInS === null ? "failed" : "retrying",
        error: error(data.error),
        // What it goes on with where its policy gives something for this case.
        ...(data.default === true ? { output: data.output ?? null } : {}),
        port,
        elapsedMs: number(data.elapsed_ms),
        retryInS,
        wait: null,
        inLine: null,
      });
      halt(draft, `${path}[`);
      break;
    }
    case "node_waiting": {
      const wait = { path, reason: text(data.reason), until: text(data.until) || null };
      changeStep(draft, path, {
        status: "waiting",
        wait: {
          ...wait,
          title: text(record(data.about)?.title),
          about: record(data.about) ?? {},
          since: event.at,
        },
      });
    }
  }
}

const recallInto = (draft: Draft): void =>
  recall(draft.state.declared, draft.state.kept, (key, value) => draft.put("variables", key, value));

function foldText(draft: Draft, entry: Extract<StreamEntry, { kind: "delta" | "snapshot" }>): void {
  const { path, attempt, text: piece } = entry.kind === "delta" ? entry.delta : entry.snapshot;
  const step = draft.state.steps[path] ?? FRESH_STEP;
  if (attempt < step.attempt || isSettled(step)) return;
  const same = attempt === step.attempt;
  const offset = entry.kind === "delta" ? entry.delta.offset : 0;
  const known = same ? step.length : 0;
  // A gap: something was lost on the way. The server sends a snapshot, so wait for that.
  if (offset > known) return;
  const kept = same ? takeCodePoints(step.text, known, offset) : "";
  draft.put("steps", path, {
    ...(same ? step : FRESH_STEP),
    attempt,
    text: kept + piece,
    length: offset + codePoints(piece),
  });
}

/** Never a fact: before a step's start, or after its end, it says nothing. */
function foldProgress(draft: Draft, { path, done, total }: Progress & { path: string }): void {
  const step = draft.state.steps[path];
  if (!step || isSettled(step)) return;
  draft.put("steps", path, { ...step, progress: { done, total } });
}

/** As with progress. */
function foldPlace(draft: Draft, { path, ahead, at_once: atOnce }: PlaceBody): void {
  const step = draft.state.steps[path];
  if (!step || isSettled(step)) return;
  draft.put("steps", path, { ...step, inLine: ahead > 0 ? { ahead, atOnce } : null });
}

type PlaceBody = Extract<StreamEntry, { kind: "place" }>["place"];

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
  wait: null,
  progress: null,
  inLine: null,
  takenAgain: null,
  given: null,
};

function takenAgain(value: Json | undefined): TakenAgain | null {
  const { count, of, since } = record(value) ?? {};
  return typeof count === "number" && typeof of === "number" ? { count, of, since: text(since) } : null;
}

function givenIn(data: RunEvent["data"], edit: Json | undefined): Given | null {
  if (data.reused === true) return "before";
  if (data.pinned === true) return "sample";
  // Of a step whose settings were changed for this run, the result is its own.
  return data.edited === true && record(edit)?.config === undefined ? "set" : null;
}

const isPause = (reasons: Json | undefined) =>
  Array.isArray(reasons) && reasons.some((one) => record(one)?.reason === "paused");

const liveText = (step: StepRun | undefined, attempt: number) =>
  step?.attempt === attempt ? { text: step.text, length: step.length } : { text: "", length: 0 };

function changeStep(draft: Draft, path: string, change: Partial<StepRun>): void {
  draft.put("steps", path, { ...(draft.state.steps[path] ?? FRESH_STEP), ...change });
}

/** Nothing goes on after the end, of the run or of the step around: what was open is marked as stopped. */
function halt(draft: Draft, beneath = ""): void {
  for (const path of [...draft.state.open]) {
    if (path.startsWith(beneath)) changeStep(draft, path, { status: "stopped" });
  }
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
function filesAlong(outputs: Json | undefined): FileAlong[] {
  const files = record(outputs)?.files;
  return Array.isArray(files) ? files.filter(isFile) : [];
}

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
    ...(found.at_least === true ? { at_least: true } : {}),
  };
}

function error(value: Json | undefined): ErrorBody | null {
  const found = record(value);
  return found && { code: text(found.code), message: text(found.message), hint: text(found.hint) };
}
