import { describe, expect, test } from "vitest";
import type { Graph, StreamEntry } from "@/api/types";
import recording from "../../../tests/contracts/streams/a_list_worked_through_two_at_a_time.json";
import nestedRecording from "../../../tests/contracts/streams/a_loop_left_from_inside_an_each.json";
import { createRunStore } from "./runStore";

const ids = ["a", "b", "c", "d", "e"];
const graph: Graph = {
  nodes: ids.map((id) => ({
    id,
    type: "x",
    version: 1,
    title: "",
    config: {},
    policy: {},
    position: { x: 0, y: 0 },
    body: null,
  })),
  edges: [],
};
const plan = { graph, types: new Map(), shapes: {} };
const event = (
  seq: number,
  type: string,
  path = "",
  data: Record<string, never> | object = {},
): StreamEntry => ({
  id: `${seq}-0`,
  kind: "event",
  event: { seq, type, path, at: "", data: data as Record<string, never> },
});

function begin() {
  const frames: (() => void)[] = [];
  const store = createRunStore((work) => frames.push(work));
  store.begin("run", "hi", plan);
  const frame = () => {
    for (const work of frames.splice(0)) work();
  };
  return { store, frame, frames };
}

test("batches that arrive before a frame are shown in that one frame", () => {
  const { store, frame, frames } = begin();
  let changes = 0;
  store.subscribe(() => changes++);

  store.take([event(1, "run_started")]);
  store.take([event(2, "node_started", "a")]);
  expect(frames).toHaveLength(1);
  frame();

  expect(changes).toBe(1);
  expect(store.getState().shown.get("a")?.kind).toBe("running");
});

test("at most three steps pulse at once", () => {
  const { store, frame } = begin();

  store.take(ids.map((id, i) => event(i + 1, "node_started", id)));
  frame();

  expect([...store.getState().shown.values()].filter((s) => s.isPulsing)).toHaveLength(3);
});

test("a step whose look did not change stays the same object", () => {
  const { store, frame } = begin();
  store.take([event(1, "node_started", "a"), event(2, "node_succeeded", "a", { elapsed_ms: 10 })]);
  frame();
  const before = store.getState().shown.get("a");

  store.take([event(3, "node_started", "b")]);
  frame();

  expect(store.getState().shown.get("a")).toBe(before);
});

test("at the end, what did not run was not used", () => {
  const { store, frame } = begin();

  store.take([
    event(1, "node_started", "a"),
    event(2, "node_succeeded", "a"),
    event(3, "run_succeeded", "", { answer: "x" }),
  ]);
  frame();

  expect([...store.getState().shown].map(([id, s]) => `${id} ${s.kind}`)).toEqual([
    "a done",
    "b skipped",
    "c skipped",
    "d skipped",
    "e skipped",
  ]);
  expect(store.getState().answer).toBe("x");
});

describe("rounds", () => {
  const { graph: recorded, entries } = recording;
  const plan = { graph: recorded as unknown as Graph, types: new Map(), shapes: {} };
  const open = () => {
    const frames: (() => void)[] = [];
    const store = createRunStore((work) => frames.push(work));
    store.begin("run", "", plan);
    return {
      store,
      take(some: StreamEntry[]) {
        store.take(some);
        for (const work of frames.splice(0)) work();
      },
    };
  };
  const all = entries as unknown as StreamEntry[];
  const shownOf = (store: ReturnType<typeof createRunStore>, id: string) => store.getState().shown.get(id);

  test("while it runs, the round begun last is shown, and how far it has come", () => {
    const { store, take } = open();
    const at = all.findIndex((e) => e.kind === "progress" && e.progress.done > 0);

    take(all.slice(0, at + 1));

    expect(shownOf(store, "each_1")).toMatchObject({ kind: "running", progress: { total: 3 } });
    const { latest } = store.getState().run.rounds.each_1 ?? {};
    expect(store.getState().paths.get("prompt_1")).toBe(`each_1[${latest}].prompt_1`);
  });

  test("afterwards the first failed round is shown, until the person chooses another", () => {
    const { store, take } = open();
    take(all);

    expect(shownOf(store, "each_1")).toMatchObject({
      kind: "done",
      rounds: { count: 3, chosen: 1, failed: [1] },
    });
    expect(shownOf(store, "prompt_1")?.kind).toBe("failed");

    store.chooseRound("each_1", 2);

    expect(shownOf(store, "prompt_1")?.kind).toBe("done");
    expect(store.getState().paths.get("prompt_1")).toBe("each_1[2].prompt_1");
    expect(shownOf(store, "each_1")?.rounds?.chosen).toBe(2);
  });

  test("what was at work when its frame ended is shown as stopped", () => {
    const { store, take } = open();
    const ends = all.filter((e) => e.kind === "event" && e.event.path === "each_1[2].prompt_1");
    take(all.filter((e) => e !== ends.at(-1)));

    store.chooseRound("each_1", 2);

    expect(shownOf(store, "prompt_1")?.kind).toBe("stopped");
  });
});

test("rounds in rounds: each frame has its own, and choosing an outer one changes the inner steps", () => {
  const frames: (() => void)[] = [];
  const store = createRunStore((work) => frames.push(work));
  const { graph: recorded, entries } = nestedRecording;
  store.begin("run", "", { graph: recorded as unknown as Graph, types: new Map(), shapes: {} });
  store.take(entries as unknown as StreamEntry[]);
  for (const work of frames.splice(0)) work();
  const { chooseRound } = store;

  expect(store.getState().shown.get("loop_1")?.rounds).toMatchObject({ count: 2, chosen: 1 });
  expect(store.getState().paths.get("prompt_1")).toMatch(/^loop_1\[1\]\.each_1\[\d\]\.prompt_1$/);

  chooseRound("loop_1", 0);
  chooseRound("loop_1[0].each_1", 1);

  expect(store.getState().paths.get("prompt_1")).toBe("loop_1[0].each_1[1].prompt_1");
  expect(store.getState().shown.get("stop_loop_1")?.kind).toBe("skipped");
  expect(store.getState().shown.get("each_1")?.rounds?.path).toBe("loop_1[0].each_1");
});

test("what was kept or given took no time and no words of this run", () => {
  const { store, frame } = begin();
  const usage = { prompt_tokens: 5, completion_tokens: 2 };

  store.take([
    event(1, "node_started", "a"),
    event(2, "node_succeeded", "a", { output: {}, port: "out", elapsed_ms: 900, usage, reused: true }),
    event(3, "node_started", "b"),
    event(4, "node_succeeded", "b", { output: {}, port: "out", elapsed_ms: 900, usage }),
  ]);
  frame();

  const { shown } = store.getState();
  expect(shown.get("a")).toMatchObject({ kind: "done", given: "before", elapsedMs: null, tokens: null });
  expect(shown.get("b")).toMatchObject({ kind: "done", given: null, elapsedMs: 900, tokens: 7 });
});

test("a tool waits on its card while a person is asked about it, and is itself once it runs", () => {
  const frames: (() => void)[] = [];
  const store = createRunStore((work) => frames.push(work));
  const [one] = graph.nodes;
  if (!one) throw new Error("The graph has no steps.");
  const agent = { ...one, id: "agent", body: { nodes: [{ ...one, id: "tool" }], edges: [] } };
  store.begin("run", "hi", { ...plan, graph: { nodes: [agent], edges: [] } });
  const shown = (...entries: StreamEntry[]) => {
    store.take(entries);
    for (const work of frames.splice(0)) work();
    return store.getState().shown.get("tool")?.kind;
  };
  const wait = { attempt: 1, name: "answer", reason: "ask_human", until: null, about: {} };

  expect(
    shown(
      event(1, "run_started"),
      event(2, "node_started", "agent", { attempt: 1 }),
      event(3, "node_started", "agent[0].ask_tool", { attempt: 1 }),
      event(4, "node_waiting", "agent[0].ask_tool", wait),
    ),
  ).toBe("waiting");
  expect(
    shown(
      event(5, "node_succeeded", "agent[0].ask_tool", { attempt: 1, output: {}, port: "out" }),
      event(6, "node_started", "agent[0].tool", { attempt: 1 }),
    ),
  ).toBe("running");
});
