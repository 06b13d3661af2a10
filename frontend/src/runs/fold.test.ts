import { describe, expect, test } from "vitest";
import type { RunEvent, StreamEntry } from "@/api/types";
import { EMPTY_RUN, fold } from "./fold";

let counter = 0;
const event = (seq: number, type: string, path = "", data: RunEvent["data"] = {}): StreamEntry => ({
  id: `${seq}-0`,
  kind: "event",
  event: { seq, type, path, at: "2026-11-22T00:00:00Z", data },
});
const delta = (seq: number, path: string, offset: number, text: string, attempt = 1): StreamEntry => ({
  id: `${seq}-${++counter}`,
  kind: "delta",
  delta: { path, attempt, offset, text },
});
const snapshot = (seq: number, path: string, text: string, attempt = 1): StreamEntry => ({
  id: `${seq}-${++counter}`,
  kind: "snapshot",
  snapshot: { path, attempt, text },
});

const opening = [
  event(1, "run_claimed", "", { worker: "w" }),
  event(2, "run_started", "", { query: "hi", inputs: {}, history: [] }),
  event(3, "node_started", "prompt_1", { attempt: 1, type: "prompt", input: { user: "hi" } }),
];
const whole: StreamEntry[] = [
  ...opening,
  delta(3, "prompt_1", 0, "Hel"),
  delta(3, "prompt_1", 3, "lo"),
  event(4, "node_failed", "prompt_1", {
    attempt: 1,
    error: { code: "model_busy", message: "Busy.", hint: "Wait." },
    retry_in_s: 1,
    port: null,
    elapsed_ms: 20,
  }),
  event(5, "node_started", "prompt_1", { attempt: 2, type: "prompt", input: { user: "hi" } }),
  delta(5, "prompt_1", 0, "Good day", 2),
  event(6, "node_succeeded", "prompt_1", {
    attempt: 2,
    output: { text: "Good day" },
    port: "out",
    usage: { prompt_tokens: 5, completion_tokens: 2 },
    elapsed_ms: 1200,
  }),
  event(7, "run_succeeded", "", { answer: "Good day", outputs: { answer: "Good day" }, usage: null }),
];

describe("fold", () => {
  test("deltas grow the text of the step at work", () => {
    const state = fold(EMPTY_RUN, whole.slice(0, 5));

    expect(state.status).toBe("running");
    expect(state.steps.prompt_1).toMatchObject({ status: "running", text: "Hello", length: 5 });
  });

  test("a place in the line before a model is shown while the step waits there, and not once its turn has come", () => {
    const place = (ahead: number): StreamEntry => ({
      id: `3-${9 - ahead}`,
      kind: "place",
      place: { path: "prompt_1", ahead, at_once: 1 },
    });
    const waits = fold(EMPTY_RUN, [...opening, place(2), place(1)]);

    expect(waits.steps.prompt_1?.inLine).toEqual({ ahead: 1, atOnce: 1 });
    expect(fold(waits, [place(0)]).steps.prompt_1?.inLine).toBeNull();
    expect(fold(waits, whole).steps.prompt_1?.inLine).toBeNull();
    expect(fold(EMPTY_RUN, [place(1)]).steps).toEqual({});
  });

  test("progress is shown while a step is at work, and of no step that has ended", () => {
    const progress = (done: number): StreamEntry => ({
      id: `3-${++counter}`,
      kind: "progress",
      progress: { path: "prompt_1", done, total: 9 },
    });

    const state = fold(EMPTY_RUN, [...opening, progress(2), progress(3)]);

    expect(state.steps.prompt_1?.progress).toEqual({ done: 3, total: 9 });
    expect(fold(fold(state, whole), [progress(4)])).toMatchObject({
      steps: { prompt_1: { progress: null } },
    });
    expect(fold(EMPTY_RUN, [progress(1)]).steps).toEqual({});
  });

  test("offsets count code points, not UTF-16 units", () => {
    const state = fold(EMPTY_RUN, [
      ...opening,
      delta(3, "prompt_1", 0, "👋🏽好"),
      delta(3, "prompt_1", 3, "!"),
      delta(3, "prompt_1", 2, "你"),
    ]);

    expect(state.steps.prompt_1).toMatchObject({ text: "👋🏽你", length: 3 });
  });

  test("a whole answer says which passages it may rest on", () => {
    const sources = [{ n: 1, document: "Policy.pdf", text: "Thirty days." }];
    const end = event(8, "run_succeeded", "", { answer: "30 days [1]", outputs: {}, usage: null, sources });

    expect(fold(EMPTY_RUN, [...opening, end]).sources).toEqual(sources);
    expect(fold(EMPTY_RUN, whole).sources).toEqual([]);
  });

  test("an entry taken in twice changes nothing", () => {
    const once = fold(EMPTY_RUN, whole);

    const twice = fold(
      EMPTY_RUN,
      whole.flatMap((e) => [e, e]),
    );

    expect(twice).toEqual(once);
  });

  test("a stale state and what it missed equal a fresh fold of all", () => {
    const all = fold(EMPTY_RUN, whole);

    for (let n = 0; n <= whole.length; n++) {
      expect(fold(fold(EMPTY_RUN, whole.slice(0, n)), whole.slice(n))).toEqual(all);
    }
  });

  test("a gap waits for the snapshot", () => {
    const gap = fold(EMPTY_RUN, [...opening, delta(3, "prompt_1", 4, "o")]);
    expect(gap.steps.prompt_1?.text).toBe("");

    const healed = fold(gap, [snapshot(3, "prompt_1", "Hello"), delta(3, "prompt_1", 5, "!")]);
    expect(healed.steps.prompt_1?.text).toBe("Hello!");
  });

  test("a new attempt retracts the old text, and a late delta of the old one is ignored", () => {
    const retrying = fold(EMPTY_RUN, whole.slice(0, 6));
    expect(retrying.steps.prompt_1).toMatchObject({
      status: "retrying",
      retryInS: 1,
      error: { code: "model_busy" },
    });

    const second = fold(retrying, [...whole.slice(6, 8), delta(5, "prompt_1", 5, "late", 1)]);
    expect(second.steps.prompt_1).toMatchObject({
      status: "running",
      attempt: 2,
      text: "Good day",
      error: null,
    });
  });

  test("the end carries answer, time and tokens", () => {
    const state = fold(EMPTY_RUN, whole);

    expect(state).toMatchObject({ status: "succeeded", answer: "Good day", seq: 7, cursor: "7-0" });
    expect(state.steps.prompt_1).toMatchObject({
      status: "succeeded",
      elapsedMs: 1200,
      usage: { total_tokens: 7 },
    });
  });

  test("a stopped run leaves no step running", () => {
    const state = fold(EMPTY_RUN, [...opening, event(4, "run_cancelled", "", { usage: null })]);

    expect(state.status).toBe("cancelled");
    expect(state.steps.prompt_1?.status).toBe("stopped");
  });

  test("what was shown of an answer that was stopped stays", () => {
    const end = { answer: "Good", usage: null };

    const state = fold(EMPTY_RUN, [...opening, event(4, "run_cancelled", "", end)]);

    expect(state).toMatchObject({ status: "cancelled", answer: "Good" });
  });

  test("a step that is unaffected keeps its identity", () => {
    const before = fold(EMPTY_RUN, whole.slice(0, 9));

    const after = fold(before, [event(7, "node_started", "answer_1", { attempt: 1, input: {} })]);

    expect(after.steps.prompt_1).toBe(before.steps.prompt_1);
  });
});

describe("rounds", () => {
  const begin = (seq: number, path: string) => event(seq, "node_started", path, { attempt: 1, input: {} });
  const fail = (seq: number, path: string, port: string | null = null) =>
    event(seq, "node_failed", path, {
      attempt: 1,
      error: { code: "x", message: "No.", hint: "" },
      retry_in_s: null,
      port,
    });

  test("each step that repeats counts its rounds, at any depth, whatever order they begin in", () => {
    const state = fold(EMPTY_RUN, [
      event(1, "run_started"),
      begin(2, "a_1"),
      begin(3, "a_1[1].b_1"),
      begin(4, "a_1[0].b_1"),
      begin(5, "a_1[0].b_1[0].c_1"),
      begin(6, "a_1[0].b_1[1].c_1"),
    ]);

    expect(state.rounds).toEqual({
      a_1: { count: 2, latest: 0, failed: [], isSideBySide: true },
      "a_1[0].b_1": { count: 2, latest: 1, failed: [], isSideBySide: true },
    });
  });

  test("a round fails with a step that nothing catches, and is whole again when that is tried again", () => {
    const failed = fold(EMPTY_RUN, [
      event(1, "run_started"),
      begin(2, "a_1[0].c_1"),
      begin(3, "a_1[1].c_1"),
      fail(4, "a_1[1].c_1"),
      begin(5, "a_1[1].d_1"),
      begin(6, "a_1[2].c_1"),
      fail(7, "a_1[2].c_1", "error"),
    ]);

    expect(failed.rounds.a_1).toMatchObject({ count: 3, latest: 2, failed: [1] });
    expect(fold(failed, [begin(8, "a_1[1].c_1")]).rounds.a_1?.failed).toEqual([]);
  });

  test("a thousand rounds fold in one batch without copying their table each time", () => {
    const entries: StreamEntry[] = [event(1, "run_started")];
    for (let i = 0; i < 1_000; i++) {
      entries.push(begin(2 + 2 * i, `a_1[${i}].c_1`));
      entries.push(event(3 + 2 * i, "node_succeeded", `a_1[${i}].c_1`, { output: i, port: "out" }));
    }

    const state = fold(EMPTY_RUN, entries);

    expect(state.rounds.a_1).toEqual({ count: 1_000, latest: 999, failed: [] });
    expect(state.steps["a_1[999].c_1"]?.output).toBe(999);
    // Handed out before, a state stays as it was.
    const half = fold(EMPTY_RUN, entries.slice(0, 1_000));
    const count = Object.keys(half.steps).length;
    fold(half, entries.slice(1_000));
    expect(Object.keys(half.steps)).toHaveLength(count);
  });
});

/** Streams that were recorded from real runs, with what Python folds them to. */
interface Recording {
  entries: StreamEntry[];
  folds_to: { steps: Record<string, object> } & Record<string, unknown>;
}
const recordings = import.meta.glob<Recording>("../../../tests/contracts/streams/*.json", {
  eager: true,
  import: "default",
});

describe("recorded streams", () => {
  test.each(
    Object.entries(recordings).map(([file, recording]) => [file.split("/").at(-1), recording] as const),
  )("%s", (_, { entries, folds_to: { steps, usage, error, ...rest } }) => {
    const state = fold(EMPTY_RUN, entries);

    expect(state).toMatchObject(rest);
    expect(state.usage).toEqual(usage);
    expect(state.error?.code).toBe((error as { code: string } | null)?.code);
    expect(Object.keys(state.steps).sort()).toEqual(Object.keys(steps).sort());
    for (const [path, step] of Object.entries(steps)) expect(state.steps[path]).toMatchObject(step);
    // One by one, as entries come in, it is the same.
    expect(entries.reduce((so, entry) => fold(so, [entry]), EMPTY_RUN)).toEqual(state);
  });

  test.each(
    Object.entries(recordings).map(([file, recording]) => [file.split("/").at(-1), recording] as const),
  )("%s: a hundred readers cut off and rejoined anywhere see the same", (_, { entries, folds_to }) => {
    const whole = fold(EMPTY_RUN, entries);
    let seed = 1;
    const dice = (from: number, to: number) => {
      seed = (seed * 48271) % 2147483647;
      return from + (seed % (to - from + 1));
    };
    for (let reader = 0; reader < 100; reader++) {
      let state = EMPTY_RUN;
      for (let heard = 0; heard < entries.length; ) {
        const cut = dice(heard + 1, entries.length);
        const hasGap = dice(0, 1) === 1;
        const piece = entries.slice(dice(Math.max(0, heard - 6), heard), cut);
        state = fold(
          state,
          piece.filter((entry) => !hasGap || entry.kind === "event"),
        );
        heard = cut;
      }
      expect(state.seq).toBe(whole.seq);
      expect(state.status).toBe(whole.status);
      expect(state.error).toEqual(whole.error);
      for (const [path, step] of Object.entries(folds_to.steps))
        expect(state.steps[path]).toMatchObject(step);
    }
  });

  test("there are recordings of rounds, also of rounds in rounds", () => {
    const rounds = Object.values(recordings).flatMap((r) => Object.keys(fold(EMPTY_RUN, r.entries).rounds));

    expect(rounds).toContain("each_1");
    expect(rounds).toContain("loop_1[0].each_1");
  });
});

describe("a step that did not run itself", () => {
  const given = (data: RunEvent["data"], edits: RunEvent["data"] = {}) => {
    const state = fold(EMPTY_RUN, [
      event(1, "run_started", "", { query: "hi", edits }),
      event(2, "node_started", "prompt_1", { attempt: 1, input: {}, ...data }),
      event(3, "node_succeeded", "prompt_1", { attempt: 1, output: {}, port: "out", elapsed_ms: 9, ...data }),
    ]);
    return state.steps.prompt_1?.given;
  };

  test("says where its result comes from", () => {
    expect(given({ reused: true })).toBe("before");
    expect(given({ pinned: true })).toBe("sample");
    expect(given({ edited: true }, { prompt_1: { output: { text: "Hi" } } })).toBe("set");
    expect(given({})).toBeNull();
  });

  test("is not one whose settings alone were changed: that did run", () => {
    expect(given({ edited: true }, { prompt_1: { config: { user: "Ho" } } })).toBeNull();
  });
});
