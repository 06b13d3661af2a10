import { describe, expect, test } from "vitest";
import type { Graph, GraphNode, RunEvent, UsedApps } from "@/api/types";
import type { StepType, StepTypes } from "@/flow-kit/stepTypes";
import { EMPTY_RUN, foldEvents } from "../fold";
import { levelsOf, spanOf } from "./span";

const types: StepTypes = new Map(
  [
    { type: "start", starts: true },
    { type: "think", effects: "read" },
    { type: "send", effects: "write" },
    { type: "loop", inside: {} },
    { type: "each", inside: {} },
    { type: "borrow", config: { properties: { app: { "x-ui": { widget: "workflow" } } } } },
  ].map((one) => [one.type, { effects: "none", config: {}, ...one } as unknown as StepType]),
);
const node = (id: string, body: Graph | null = null, config = {}): GraphNode => ({
  id,
  type: id.replace(/_\d+$/, ""),
  version: 1,
  title: "",
  config,
  policy: {},
  position: { x: 0, y: 0 },
  body,
});
const graph = (nodes: GraphNode[], ...arrows: string[]): Graph => ({
  nodes,
  edges: arrows.map((arrow) => {
    const [source = "", target = ""] = arrow.split(" > ");
    return { source, port: "out", target };
  }),
});
const ran = (...paths: string[]) =>
  foldEvents(
    EMPTY_RUN,
    paths.flatMap((path, i): RunEvent[] => {
      const [at = "", failed] = path.split(/[!?]/);
      const data = { attempt: 1, output: {}, port: "out" };
      const error = { attempt: 1, error: { code: "x", message: "No.", hint: "" }, port: null };
      const begun = {
        seq: 2 * i + 1,
        type: "node_started",
        path: at,
        at: "",
        data: { attempt: 1, input: {} },
      };
      if (path.endsWith("?")) return [begun];
      return [
        begun,
        failed === undefined
          ? { seq: 2 * i + 2, type: "node_succeeded", path: at, at: "", data }
          : { seq: 2 * i + 2, type: "node_failed", path: at, at: "", data: error },
      ];
    }),
  );
const ids = (nodes: readonly GraphNode[] | undefined) => nodes?.map(({ id }) => id);

const fork = graph(
  [node("start_1"), node("think_1"), node("think_2"), node("send_1"), node("think_9"), node("think_3")],
  "think_2 > think_3",
  "start_1 > think_1",
  "think_1 > send_1",
  "start_1 > think_2",
  "start_1 > think_9",
);

describe("what a run from a step keeps", () => {
  test("what does not come after the step and was done; what comes after runs again, and sends again", () => {
    const span = spanOf(
      { graph: fork, types, used: null, run: ran("start_1", "think_1", "think_2", "send_1") },
      "think_1",
    );

    expect(ids(span?.kept)).toEqual(["start_1", "think_2"]);
    expect(ids(span?.again)).toEqual(["think_1", "send_1"]);
    expect(ids(span?.sent)).toEqual(["send_1"]);
  });

  test("what failed elsewhere runs again, and what was never reached stays so", () => {
    const span = spanOf(
      { graph: fork, types, used: null, run: ran("start_1", "think_1", "think_2!") },
      "think_1",
    );

    expect(ids(span?.kept)).toEqual(["start_1"]);
    expect(ids(span?.again)).toEqual(["think_1", "send_1", "think_2", "think_3"]);
  });

  test("a step whose result is given does not run itself", () => {
    const world = { graph: fork, types, used: null, run: ran("start_1", "think_1", "send_1") };

    expect(ids(spanOf(world, "think_1", { isGiven: true })?.again)).toEqual(["send_1"]);
    expect(ids(spanOf(world, "send_1", { isGiven: true })?.sent)).toEqual([]);
  });

  test("what was changed since runs again, and so does what follows it", () => {
    const run = ran("start_1", "think_1", "think_2", "think_3", "send_1");
    const span = spanOf({ graph: fork, types, used: null, run }, "send_1", { changed: ["think_2"] });

    expect(ids(span?.kept)).toEqual(["start_1", "think_1"]);
    expect(ids(span?.again)).toEqual(["send_1", "think_2", "think_3"]);
  });

  test("a step that runs alone is the only one that does", () => {
    const world = { graph: fork, types, used: null, run: ran("start_1", "think_1", "think_2!", "send_1") };

    expect(spanOf(world, "think_1", { only: true })).toMatchObject({ again: [{ id: "think_1" }], sent: [] });
    expect(ids(spanOf(world, "send_1", { only: true })?.sent)).toEqual(["send_1"]);
  });
});

describe("inside a step that repeats", () => {
  const around = (kind: string) =>
    graph(
      [
        node("start_1"),
        node(`${kind}_1`, graph([node("think_1"), node("send_1")], "think_1 > send_1")),
        node("think_5"),
      ],
      `start_1 > ${kind}_1`,
      `${kind}_1 > think_5`,
    );
  const rounds = (kind: string, ...failed: number[]) =>
    ran(
      "start_1",
      // Two rounds that are under way at once never hang on each other.
      ...(kind === "each" ? ["each_1[1].think_1?", "each_1[0].think_1?"] : []),
      ...[0, 1, 2].flatMap((i) => [
        `${kind}_1[${i}].think_1`,
        `${kind}_1[${i}].send_1${failed.includes(i) ? "!" : ""}`,
      ]),
      `${kind}_1`,
      "think_5",
    );

  test("the rounds before it stay, those after it run again, with what they send", () => {
    const world = { graph: around("loop"), types, used: null, run: rounds("loop") };
    const span = spanOf(world, "loop_1[1].send_1");

    expect(span?.keptRounds).toMatchObject([{ node: { id: "loop_1" }, numbers: [1] }]);
    expect(ids(span?.laterRounds)).toEqual(["loop_1"]);
    expect(ids(span?.kept)).toEqual(["start_1", "think_1"]);
    expect(ids(span?.again)).toEqual(["think_5", "send_1"]);
    // Its own result is given, yet the rounds after it send.
    expect(ids(spanOf(world, "loop_1[1].send_1", { isGiven: true })?.sent)).toEqual(["send_1"]);
  });

  test("items that are worked on side by side stay, but for those that failed", () => {
    const world = { graph: around("each"), types, used: null, run: rounds("each", 2) };
    const span = spanOf(world, "each_1[1].think_1");

    expect(span?.keptRounds).toMatchObject([{ numbers: [1] }]);
    expect(span?.againRounds).toMatchObject([{ numbers: [3] }]);
    expect(span?.laterRounds).toEqual([]);
    expect(ids(span?.again)).toEqual(["think_5", "think_1", "send_1"]);
  });

  test("of a step that repeats, what was changed inside runs again from the first round in which it ran", () => {
    const world = { graph: around("loop"), types, used: null, run: rounds("loop") };
    const span = spanOf(world, "think_5", { changed: ["loop_1[*].send_1"] });

    expect(ids(span?.kept)).toEqual(["start_1", "think_1"]);
    expect(ids(span?.again)).toEqual(["send_1", "think_5"]);
    expect(ids(span?.laterRounds)).toEqual(["loop_1"]);
    expect(span?.keptRounds).toEqual([]);
    const later = spanOf(world, "loop_1[2].send_1", { changed: ["loop_1[*].think_1"] });
    expect(ids(later?.kept)).toEqual(["start_1"]);
    expect(ids(later?.again)).toEqual(["think_5", "think_1", "send_1"]);
  });

  test("rounds that a changed step was not part of stay, and with all of them what comes after", () => {
    const run = ran(
      "start_1",
      "loop_1[0].think_1",
      "loop_1[1].think_1",
      "loop_1[1].send_1",
      "loop_1",
      "think_5",
    );
    const world = { graph: around("loop"), types, used: null, run };
    const never = { ...world, run: ran("start_1", "loop_1[0].think_1", "loop_1", "think_5") };

    expect(spanOf(world, "think_5", { changed: ["loop_1[*].send_1"] })?.keptRounds).toMatchObject([
      { numbers: [1] },
    ]);
    expect(ids(spanOf(never, "think_5", { changed: ["loop_1[*].send_1"] })?.kept)).toEqual([
      "start_1",
      "loop_1",
    ]);
  });

  test("items side by side keep what comes before the changed step, each of them", () => {
    const world = { graph: around("each"), types, used: null, run: rounds("each") };
    const span = spanOf(world, "think_5", { changed: ["each_1[*].send_1"] });

    expect(ids(span?.kept)).toEqual(["start_1", "think_1"]);
    expect(ids(span?.again)).toEqual(["send_1", "think_5"]);
    expect(span?.againRounds).toMatchObject([{ numbers: [1, 2, 3] }]);
  });

  test("what a step holds is sent again when the step runs again", () => {
    const world = { graph: around("each"), types, used: null, run: rounds("each") };

    expect(ids(spanOf(world, "start_1")?.sent)).toEqual(["send_1"]);
  });
});

test("a step of a used app is found in that app, and what comes after the call runs again", () => {
  const used: UsedApps = {
    "t@latest": {
      workflow_id: "t",
      name: "Inner",
      number: 1,
      graph: graph([node("think_1"), node("send_1")], "think_1 > send_1"),
    },
  };
  const outer = graph(
    [node("start_1"), node("borrow_1", null, { app: "t" }), node("think_1")],
    "start_1 > borrow_1",
    "borrow_1 > think_1",
  );
  const run = ran("start_1", "borrow_1[0].think_1", "borrow_1[0].send_1", "borrow_1", "think_1");
  const path = "borrow_1[0].send_1";
  const span = spanOf({ graph: outer, types, used, run }, path);

  expect(levelsOf({ graph: outer, types, used }, path)?.map((one) => one.path)).toEqual(["borrow_1", path]);
  expect(ids(span?.kept)).toEqual(["start_1", "think_1"]);
  expect(ids(span?.again)).toEqual(["think_1", "send_1"]);
  expect(ids(span?.sent)).toEqual(["send_1"]);
  expect(spanOf({ graph: outer, types, used: null, run }, path)).toBeNull();
  expect(spanOf({ graph: outer, types, used, run }, "gone_1")).toBeNull();
});
