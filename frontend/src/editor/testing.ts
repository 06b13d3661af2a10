/** A small catalogue and graph for the editor's tests. The types are none of the builtin ones, on purpose. */

import type { Graph, GraphEdge, GraphNode, JsonObject, Shapes } from "@/api/types";
import type { StepType, StepTypes } from "@/flow-kit/stepTypes";

const stepType = (type: string, rest: Partial<StepType>): StepType => ({
  type,
  title: type,
  group: "Advanced",
  version: 1,
  effects: "none",
  help: "",
  doc: "",
  sentence: "",
  starts: false,
  streams: null,
  answers: null,
  ports: [{ name: "out", title: "" }],
  config: { type: "object", properties: {} },
  output: { type: "object", properties: {} },
  inside: null,
  is_loop: false,
  ends_loop: false,
  ends_run: false,
  takes_tools: false,
  tool: null,
  errors: [],
  for_anything: false,
  has_icon: true,
  i18n: {},
  ...rest,
});

const text = (title: string): JsonObject => ({ type: "string", title });

export const HEAR = stepType("hear", {
  title: "Visitor speaks",
  group: "Talk",
  starts: true,
  output: { type: "object", properties: { query: text("Message") } },
  i18n: { zh: { title: "访客说话", output: { query: "消息" } } },
});
export const THINK = stepType("think", {
  title: "Think hard",
  group: "Think",
  streams: "text",
  errors: ["model_busy", "model_auth", "node_timeout", "node_crashed"],
  sentence: "Answers {question} with {model}.",
  config: {
    type: "object",
    required: ["question"],
    properties: {
      question: { type: "string", title: "Question", "x-ui": { widget: "template" } },
      model: { type: "string", default: "", title: "Model", "x-ui": { widget: "model" } },
    },
  },
  output: {
    type: "object",
    properties: {
      text: text("Reply"),
      data: { type: "object", title: "Details" },
      words: { type: "integer", title: "Words" },
    },
    required: ["text"],
  },
});
export const FORK = stepType("fork", {
  title: "Fork",
  group: "Decide",
  ports: [{ name: "else", title: "Otherwise" }],
  config: {
    type: "object",
    properties: { cases: { type: "array", title: "Cases", "x-ui": { widget: "conditions" } } },
  },
  output: { type: "object", properties: { case: text("Case") } },
});
export const SAY = stepType("say", {
  title: "Say",
  group: "Talk",
  answers: "words",
  config: {
    type: "object",
    required: ["words"],
    properties: { words: { type: "string", title: "Words", "x-ui": { widget: "template" } } },
  },
  output: { type: "object", properties: { words: text("Words") } },
});

/** Holds steps and repeats them. */
export const AGAIN = stepType("again", {
  title: "Again and again",
  group: "Decide",
  sentence: "For each of {things}.",
  config: {
    type: "object",
    required: ["things"],
    properties: {
      things: { title: "Things", "x-ui": { widget: "template" } },
      keep: { title: "Keep", default: "", "x-ui": { widget: "template", scope: "inside" } },
    },
  },
  output: { type: "object", properties: { kept: { type: "array", title: "What was kept" } } },
  inside: {
    type: "object",
    properties: { thing: { title: "Thing" }, number: { type: "integer", title: "Number" } },
  },
  i18n: { zh: { title: "一再", inside: { thing: "东西" } } },
});
export const NOTE = stepType("note", {
  title: "Remember",
  group: "Decide",
  config: {
    type: "object",
    properties: { name: { type: "string", title: "Name", "x-ui": { widget: "variable" } } },
  },
});
/** Nothing follows it. */
export const LEAVE = stepType("leave", { title: "Leave", group: "Decide", ports: [], ends_loop: true });

export const TYPES: StepTypes = new Map([HEAR, THINK, FORK, SAY, AGAIN, NOTE, LEAVE].map((t) => [t.type, t]));

export const step = (id: string, x = 0, y = 0, config: JsonObject = {}, title = ""): GraphNode => ({
  id,
  type: id.replace(/_\d+$/, ""),
  version: 1,
  title,
  config,
  policy: {},
  position: { x, y },
  body: null,
});

/** `"hear_1 -> think_1"`, `"fork_1.yes -> say_1"`. */
export const arrow = (text: string): GraphEdge => {
  const [from = "", target = ""] = text.split(" -> ");
  const [source = "", port = "out"] = from.split(".");
  return { source, port, target };
};

export const graph = (nodes: GraphNode[], ...arrows: string[]): Graph => ({
  nodes,
  edges: arrows.map(arrow),
});

/** Visitor speaks, Think hard, Say: the shortest story. */
export const story = (): Graph =>
  graph(
    [
      step("hear_1"),
      step("think_1", 320, 0, { question: "{{ hear_1.query }}" }),
      step("say_1", 640, 0, { words: "{{ think_1.text }}" }),
    ],
    "hear_1 -> think_1",
    "think_1 -> say_1",
  );

/** A step that holds others. */
export const frame = (id: string, body: Graph, x = 0, y = 0, config: JsonObject = {}): GraphNode => ({
  ...step(id, x, y, config),
  body,
});

/** Visitor speaks, then a frame with Think hard inside, then Say. */
export const repeated = (): Graph =>
  graph(
    [
      step("hear_1"),
      frame("again_1", graph([step("think_1", 0, 0, { question: "{{ again_1.thing }}" })]), 320, 0, {
        things: "{{ hear_1.query }}",
        keep: "{{ think_1.text }}",
      }),
      step("say_1", 900, 0, { words: "{{ again_1.kept }}" }),
    ],
    "hear_1 -> again_1",
    "again_1 -> say_1",
  );

/** Frames in frames: again_1 holds again_2 holds … holds think_1. */
export const nested = (depth: number): Graph => {
  let inner = graph([step("think_1")]);
  for (let n = depth; n > 0; n--) inner = graph([frame(`again_${n}`, inner)]);
  return inner;
};

export const NO_SHAPES: Shapes = {};

/** Numbers in [0, 1) that are the same every time. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
