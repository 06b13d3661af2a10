import { describe, expect, test } from "vitest";
import type { Graph, Json, NodeType } from "@/api/types";
import type { StepType, StepTypes } from "@/flow-kit/stepTypes";
import { answerSoFar } from "./answer";
import { EMPTY_RUN, fold, foldEvents, type RunState } from "./fold";

const type = (name: string, rest: Partial<StepType>): StepType =>
  ({
    type: name,
    ports: [{ name: "out", title: "" }],
    streams: null,
    config: {},
    i18n: {},
    ...rest,
  }) as NodeType & StepType;
const types: StepTypes = new Map(
  [
    type("hear", { starts: true }),
    type("think", { streams: "text" }),
    type("fork", {
      ports: [
        { name: "yes", title: "" },
        { name: "else", title: "" },
      ],
    }),
    type("say", { answers: "words" }),
  ].map((t) => [t.type, t]),
);
const build = (words: Record<string, string>, ...arrows: string[]): Graph => {
  const edges = arrows.map((a) => {
    const [from = "", target = ""] = a.split(" -> ");
    const [source = "", port = "out"] = from.split(".");
    return { source, port, target };
  });
  const ids = [...new Set(edges.flatMap((e) => [e.source, e.target]))];
  return {
    edges,
    nodes: ids.map((id) => ({
      id,
      type: id.split("_")[0] ?? "",
      version: 1,
      title: "",
      config: { words: words[id] ?? "" },
      policy: {},
      position: { x: 0, y: 0 },
      body: null,
    })),
  };
};
const run = (...events: [string, string, Record<string, Json>?][]): RunState =>
  foldEvents(
    EMPTY_RUN,
    events.map(([kind, path, data = {}], i) => ({ seq: i + 1, type: kind, path, at: "", data })),
  );
const live = (state: RunState, path: string, text: string) =>
  fold(state, [{ id: "9-1", kind: "delta", delta: { path, attempt: 1, offset: 0, text } }]);

const chain = build({ say_1: "Dear you: {{ think_1.text }} Bye." }, "hear_1 -> think_1", "think_1 -> say_1");
const plan = (graph: Graph) => ({ graph, types, shapes: {} });

describe("answerSoFar", () => {
  test("fixed words come at once, live text as it comes, the rest afterwards", () => {
    const started = run(
      ["node_started", "hear_1"],
      ["node_succeeded", "hear_1", { output: {} }],
      ["node_started", "think_1"],
    );

    expect(answerSoFar(plan(chain), run(["node_started", "hear_1"]))).toBe("Dear you: ");
    expect(answerSoFar(plan(chain), live(started, "think_1", "Hel"))).toBe("Dear you: Hel");
  });

  test("what all apps share is shown at once, as the run began with it; what is missing holds the text back", () => {
    const said = (words: string) =>
      answerSoFar(
        plan(build({ say_1: words }, "hear_1 -> think_1", "think_1 -> say_1")),
        run(["run_started", "", { env: { CURRENCY: "EUR", RATE: 0.93 } }], ["node_started", "hear_1"]),
      );

    expect(said("{{ env.CURRENCY }} {{ env.RATE }}: {{ think_1.text }}")).toBe("EUR 0.93: ");
    expect(said("In {{ env.NOWHERE }} {{ env.CURRENCY }}")).toBe("In ");
  });

  test("a filter holds the text back until the step is done", () => {
    const filtered = build({ say_1: "{{ think_1.text | upper }}" }, "hear_1 -> think_1", "think_1 -> say_1");

    expect(answerSoFar(plan(filtered), live(run(["node_started", "think_1"]), "think_1", "Hel"))).toBe("");
  });

  test("an open decision holds back both its answers", () => {
    const forked = build(
      { say_1: "Yes!", say_2: "No!" },
      "hear_1 -> fork_1",
      "fork_1.yes -> say_1",
      "fork_1.else -> say_2",
    );

    expect(answerSoFar(plan(forked), run(["node_started", "fork_1"]))).toBe("");
    expect(
      answerSoFar(
        plan(forked),
        run(["node_started", "fork_1"], ["node_succeeded", "fork_1", { output: {}, port: "else" }]),
      ),
    ).toBe("No!");
  });

  test("a path for failures holds an answer back, since the failure may still pass it by", () => {
    const guarded = build(
      { say_1: "Fine. {{ think_1.text }}", say_2: "Sorry." },
      "hear_1 -> think_1",
      "think_1 -> say_1",
      "think_1.error -> say_2",
    );

    expect(answerSoFar(plan(guarded), live(run(["node_started", "think_1"]), "think_1", "Hel"))).toBe("");
  });

  test("several answers are joined by a blank line, in order", () => {
    const two = build({ say_1: "One.", say_2: "Two." }, "hear_1 -> say_1", "say_1 -> say_2");

    expect(answerSoFar(plan(two), run(["node_started", "hear_1"]))).toBe("One.\n\nTwo.");
  });

  test("what the step was told is exactly what it says", () => {
    const state = run(["node_started", "say_1", { input: { words: "Filled {{ in }}" } }]);

    expect(answerSoFar(plan(chain), state)).toBe("Filled {{ in }}");
  });

  test("at the end it is the run's answer", () => {
    expect(answerSoFar(plan(chain), run(["run_succeeded", "", { answer: "The end." }]))).toBe("The end.");
  });
});

describe("answers inside a step that repeats", () => {
  const inside = (...arrows: string[]): Graph =>
    build({ say_9: "{{ again_1.number }}: {{ think_9.text }}!" }, ...arrows);
  const repeating = (config: Record<string, Json>, ...arrows: string[]): Graph => {
    const graph = build({ say_1: "End." }, "hear_1 -> again_1", "again_1 -> say_1");
    const body = inside("think_9 -> say_9", ...arrows);
    return { ...graph, nodes: graph.nodes.map((n) => (n.id === "again_1" ? { ...n, config, body } : n)) };
  };
  const begun: [string, string, Record<string, Json>?][] = [
    ["node_started", "again_1", { attempt: 1 }],
    ["node_started", "again_1[0].think_9", { attempt: 1 }],
  ];
  const thought = (turn: number): [string, string, Record<string, Json>?] => [
    "node_succeeded",
    `again_1[${turn}].think_9`,
    { output: { text: `t${turn}` }, port: "out" },
  ];
  const spoken = (turn: number): [string, string, Record<string, Json>?][] => [
    ["node_started", `again_1[${turn}].say_9`, { attempt: 1, input: { words: `${turn + 1}: t${turn}!` } }],
    ["node_succeeded", `again_1[${turn}].say_9`, { output: {}, port: "out" }],
  ];

  test("speak word by word, and what comes behind waits", () => {
    const state = live(run(...begun), "again_1[0].think_9", "wor");
    expect(answerSoFar(plan(repeating({})), state)).toBe("1: wor");
  });

  test("speak in the order of the passes, whichever is done first", () => {
    const second: [string, string, Record<string, Json>?] = [
      "node_started",
      "again_1[1].think_9",
      { attempt: 1 },
    ];
    const early = run(...begun, second, thought(1), ...spoken(1));
    expect(answerSoFar(plan(repeating({})), early)).toBe("1: ");
    const both = run(...begun, second, thought(1), ...spoken(1), thought(0), ...spoken(0));
    expect(answerSoFar(plan(repeating({})), both)).toBe("1: t0!\n\n2: t1!");
  });

  test("say nothing of an item until it is done, where failed items are set aside", () => {
    const graph = repeating({ on_error: "drop" }, "say_9 -> think_8");
    const said = run(...begun, thought(0), ...spoken(0));
    expect(answerSoFar(plan(graph), said)).toBe("");
    const failed = run(
      ...begun,
      thought(0),
      ...spoken(0),
      ["node_failed", "again_1[0].think_8", { attempt: 1, error: {}, port: null }],
      ["node_succeeded", "again_1", { output: {}, port: "out" }],
    );
    expect(answerSoFar(plan(graph), failed)).toBe("End.");
  });
});

test("what is too large to be told is held back until the end tells it", () => {
  const text = { "#blob": "ab12", bytes: 100_000, preview: "Once…" };
  const before = live(
    run(
      ["node_started", "hear_1"],
      ["node_succeeded", "hear_1", { port: "out" }],
      ["node_started", "think_1"],
    ),
    "think_1",
    "Once upon a time",
  );
  const thought: [string, string, Record<string, Json>] = [
    "node_succeeded",
    "think_1",
    { port: "out", output: { text }, "#blobs": [["output", "text"]] },
  ];
  const over = foldEvents(before, [{ seq: 4, type: thought[0], path: thought[1], at: "", data: thought[2] }]);

  expect(answerSoFar(plan(chain), over)).toBe("Dear you: Once upon a time");
  const ended = foldEvents(over, [
    { seq: 5, type: "run_succeeded", path: "", at: "", data: { answer: "All of it" } },
  ]);
  expect(answerSoFar(plan(chain), ended)).toBe("All of it");
});
