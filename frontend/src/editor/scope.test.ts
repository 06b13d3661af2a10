import { expect, test } from "vitest";
import type { Graph, JsonSchema } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { bodyOf } from "@/flow-kit/tree";
import { findInfo } from "@/forms/info";
import { type ScopeWorld, scopesOf, variablesOf } from "./scope";
import { frame, graph, NO_SHAPES, nested, repeated, step, story, TYPES } from "./testing";

const world = {
  types: TYPES,
  shapes: NO_SHAPES,
  language: "en",
  variablesTitle: "Remembered",
  conversationTitle: "Of the conversation",
  failure: { message: "What happened", code: "Kind" },
  ownTitle: "Own",
  sharedTitle: "Shared",
  shared: [],
};
const infoOf = (g: Graph, step: string, around: ScopeWorld = world) => scopesOf(g, around)(step).info;

test("information comes from the steps before, nearest first", () => {
  const scope = infoOf(story(), "say_1");

  expect(scope.map((s) => s.node)).toEqual(["think_1", "hear_1"]);
  expect(scope[0]?.fields.map((f) => [f.path.join("."), f.title, f.kind])).toEqual([
    ["text", "Reply", "text"],
    ["data", "Details", "object"],
    ["words", "Words", "number"],
  ]);
});

test("neither the step itself, nor what follows, nor a parallel path is in reach", () => {
  const g = graph(
    [step("hear_1"), step("think_1"), step("think_2")],
    "hear_1 -> think_1",
    "hear_1 -> think_2",
  );

  expect(infoOf(g, "think_1").map((s) => s.node)).toEqual(["hear_1"]);
  expect(infoOf(g, "hear_1")).toEqual([]);
});

test("the server's shape of a step goes before its type's, and titles come in the reader's language", () => {
  const shapes = {
    hear_1: {
      own: {},
      ports: [],
      output: {
        type: "object",
        properties: { query: { type: "string" }, size: { type: "number", title: "Size" } },
      },
    },
  };

  const scope = infoOf(story(), "think_1", { ...world, shapes, language: "zh" });

  expect(scope[0]).toMatchObject({
    title: "访客说话",
    fields: [{ title: "消息" }, { title: "Size", kind: "number" }],
  });
});

test("what only a step's own settings may use comes first, and for no other step", () => {
  const city = { type: "string", title: "City" };
  const own = { args: { type: "object", properties: { city, days: { type: "number" } } } };
  const shapes = { think_1: { ports: [], output: {}, own } };

  const [first] = infoOf(story(), "think_1", { ...world, shapes });

  expect(first).toMatchObject({ node: "args", title: "Own" });
  expect(first?.fields.map((f) => [f.path.join("."), f.title, f.kind])).toEqual([
    ["city", "City", "text"],
    ["days", "days", "number"],
  ]);
  expect(findInfo(first ? [first] : [], { node: "args", path: ["city"] })?.title).toBe("City");
  expect(infoOf(story(), "say_1", { ...world, shapes }).map((s) => s.node)).not.toContain("args");
});

test("asking twice for one step of one graph is free", () => {
  const scopes = scopesOf(story(), world);

  expect(scopes("say_1")).toBe(scopes("say_1"));
});

test("a reference is known, known inside an open object, or missing", () => {
  const scope = infoOf(story(), "say_1");

  expect(findInfo(scope, { node: "think_1", path: ["text"] })?.title).toBe("Reply");
  expect(findInfo(scope, { node: "think_1", path: ["data", "city"] })?.title).toBe("Details › city");
  expect(findInfo(scope, { node: "think_1", path: ["mood"] })).toBeNull();
  expect(findInfo(scope, { node: "gone_1", path: ["text"] })).toBeNull();
  expect(findInfo(scope, { node: "think_1", path: ["text", "deep"] })).toBeNull();
});

test("inside a frame, what it hands over comes first, then the steps before in it, then those outside", () => {
  const g = graph(
    [
      step("hear_1"),
      frame("again_1", graph([step("think_1"), step("think_2")], "think_1 -> think_2")),
      step("say_1"),
    ],
    "hear_1 -> again_1",
    "again_1 -> say_1",
  );

  const scope = infoOf(g, "think_2");

  expect(scope.map((s) => s.node)).toEqual(["again_1", "think_1", "hear_1"]);
  expect(scope[0]?.fields.map((f) => f.title)).toEqual(["Thing", "Number"]);
  expect(infoOf(g, "think_2", { ...world, language: "zh" })[0]?.fields[0]?.title).toBe("东西");
});

test("outside a frame only what it gives is in reach, not its steps", () => {
  const scope = infoOf(repeated(), "say_1");

  expect(scope.map((s) => [s.node, s.fields.map((f) => f.title)])).toEqual([
    ["again_1", ["What was kept"]],
    ["hear_1", ["Message"]],
  ]);
});

test("what is looked at after a round may use the steps inside, the last one first", () => {
  const g = graph(
    [step("hear_1"), frame("again_1", graph([step("think_1"), step("think_2")], "think_1 -> think_2"))],
    "hear_1 -> again_1",
  );

  expect(scopesOf(g, world)("again_1").inside.map((s) => s.node)).toEqual([
    "think_2",
    "think_1",
    "again_1",
    "hear_1",
  ]);
});

test("frames in frames are in reach from the inside out, eight deep", () => {
  const scope = infoOf(nested(8), "think_1");

  expect(scope.map((s) => s.node)).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((n) => `again_${n}`));
});

test("what is remembered anywhere can be used everywhere; half-written names are not offered", () => {
  const g = graph([
    step("hear_1"),
    frame("again_1", graph([step("note_1", 0, 0, { name: "总数" }), step("note_2", 0, 0, { name: "1x" })])),
  ]);

  expect(variablesOf(g, world)).toEqual(["总数"]);
  expect(infoOf(g, "hear_1")).toMatchObject([
    { node: "vars", title: "Remembered", fields: [{ path: ["总数"] }] },
  ]);
});

test("what the app declares is offered with its kind, under names that say how long it is remembered", () => {
  const declared = (name: string, scope: string, type: string) => ({
    name,
    scope,
    type,
    default: null,
    title: "",
  });
  const variables = [declared("total", "run", "number"), declared("names", "conversation", "list_text")];
  const scope = scopesOf({ ...story(), variables }, world)("say_1");

  expect(scope.variables).toEqual(["total", "conversation.names"]);
  expect(scope.info.slice(-2)).toMatchObject([
    { node: "vars", title: "Remembered", fields: [{ path: ["total"], kind: "number" }] },
    { node: "conversation", title: "Of the conversation", fields: [{ path: ["names"], kind: "list" }] },
  ]);
});

test("what all apps share is offered last, with its kind and its parts", () => {
  const shared: ScopeWorld["shared"] = [
    { name: "CURRENCY", type: "text", value: "EUR" },
    { name: "OPEN", type: "boolean", value: true },
    { name: "RATES", type: "object", value: { CHF: 0.93 } },
    { name: "SHOPS", type: "list", value: [{ city: "Bern" }, { city: "Chur" }] },
  ];
  const last = infoOf(story(), "say_1", { ...world, shared }).at(-1);

  expect(last).toMatchObject({ node: "env", title: "Shared" });
  expect(last?.fields.map((f) => [f.path.join("."), f.title, f.kind])).toEqual([
    ["CURRENCY", "CURRENCY", "text"],
    ["OPEN", "OPEN", "yesno"],
    ["RATES", "RATES", "object"],
    ["RATES.CHF", "RATES › CHF", "number"],
    ["SHOPS", "SHOPS", "list"],
    ["SHOPS.0", "SHOPS › 0", "object"],
    ["SHOPS.0.city", "SHOPS › 0 › city", "text"],
  ]);
});

test("where nobody knows what is shared, what the app names of it is not called missing", () => {
  const g = graph([
    step("hear_1"),
    frame(
      "again_1",
      graph([step("note_1", 0, 0, { name: "x", value: "{{ env.HOTLINE }} {{env.城市 | upper}}" })]),
    ),
  ]);
  const shared = infoOf(g, "hear_1", { ...world, shared: undefined }).find((one) => one.node === "env");

  expect(shared?.fields.map((f) => f.path)).toEqual([["HOTLINE"], ["城市"]]);
  expect(infoOf(g, "hear_1").some((one) => one.node === "env")).toBe(false);
});

test("what a frame keeps from round to round is offered inside it and may be changed there only", () => {
  const g = repeated();
  const type = TYPES.get("again");
  const always = (type?.inside?.properties ?? {}) as Record<string, JsonSchema>;
  const inside = { type: "object", properties: { ...always, sum: { type: "number", title: "sum" } } };
  const shapes = { again_1: { own: {}, ports: [], output: {}, inside } };
  const scopes = scopesOf(g, { ...world, shapes });
  const inner = bodyOf(nodeById(g, "again_1")).nodes[0]?.id ?? "";

  expect(scopes(inner).variables).toEqual(["again_1.sum"]);
  expect(scopes("again_1").variables).toEqual([]);
  const around = scopes(inner).info.find((one) => one.node === "again_1");
  expect(around?.fields.map((field) => field.path.join("."))).toContain("sum");
});

test("the path for failures knows what happened in the step that failed", () => {
  const g = graph(
    [step("think_1"), step("say_1"), step("say_2")],
    "think_1 -> say_1",
    "think_1.error -> say_2",
  );

  expect(infoOf(g, "say_2")[0]?.fields.map((f) => f.path.join("."))).toEqual([
    "text",
    "data",
    "words",
    "message",
    "code",
  ]);
  expect(infoOf(story(), "say_1")[0]?.fields.map((f) => f.path.join("."))).not.toContain("message");
});
