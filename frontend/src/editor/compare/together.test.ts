import { expect, test } from "vitest";
import type { Graph } from "@/api/types";
import { sizeOf } from "@/flow-kit/frames";
import { overlaps } from "@/flow-kit/geometry";
import { addStep, removeSteps } from "../edits";
import { arrow, graph, NO_SHAPES, repeated, step, story, THINK, TYPES } from "../testing";
import { together } from "./together";

const world = { types: TYPES, shapes: NO_SHAPES };
const ids = ({ nodes }: Graph) => nodes.map(({ id }) => id).sort();
const boxes = (drawn: Graph) => drawn.nodes.map((n) => ({ ...n.position, ...sizeOf(drawn, n, world) }));

test("what did not change is drawn as it is", () => {
  const both = together(story(), story(), world);

  expect(both.graph.nodes).toEqual(story().nodes);
  expect(both.graph.edges).toEqual(story().edges);
  expect([...both.added, ...both.removed]).toEqual([]);
});

test("a step that is gone stands where it stood, with the connections that it had", () => {
  const before = story();
  const now = removeSteps(before, new Set(["think_1"]));

  const both = together(before, now, world);

  expect(ids(both.graph)).toEqual(ids(before));
  expect(both.graph.nodes.find(({ id }) => id === "think_1")?.position).toEqual({ x: 320, y: 0 });
  expect([...both.removed].sort()).toEqual(["hear_1.out>think_1", "think_1.out>say_1"]);
  expect([...both.added]).toEqual(["hear_1.out>say_1"]);
});

test("it makes room for what stands there now", () => {
  const before = story();
  const now = graph(
    [step("hear_1"), step("think_2", 320, 0, { question: "x" }), step("say_1", 640)],
    "hear_1 -> think_2",
    "think_2 -> say_1",
  );

  const [first, ...rest] = boxes(together(before, now, world).graph).reverse();

  expect(first && rest.some((box) => overlaps(first, box))).toBe(false);
});

test("a new step has new connections", () => {
  const before = story();
  const { graph: now } = addStep(before, THINK, { kind: "edge", edge: arrow("think_1 -> say_1") }, world);

  const both = together(before, now, world);

  expect([...both.added].sort()).toEqual(["think_1.out>think_2", "think_2.out>say_1"]);
  expect([...both.removed]).toEqual(["think_1.out>say_1"]);
});

test("inside a step that holds steps it is the same", () => {
  const before = repeated();
  const now = removeSteps(before, new Set(["think_1"]));

  const both = together(before, now, world);

  expect(both.graph.nodes.find(({ id }) => id === "again_1")?.body?.nodes.map(({ id }) => id)).toEqual([
    "think_1",
  ]);
});

test("a step that was taken out of one that is gone is drawn once", () => {
  const before = repeated();
  const now = graph([step("hear_1"), step("think_1", 320), step("say_1", 640)], "hear_1 -> think_1");

  const { nodes } = together(before, now, world).graph;

  expect(nodes.map(({ id }) => id).sort()).toEqual(["again_1", "hear_1", "say_1", "think_1"]);
  expect(nodes.find(({ id }) => id === "again_1")?.body?.nodes).toEqual([]);
});

test("a way out that only a version had is there for its connection", () => {
  const before = { ...story(), edges: [arrow("hear_1 -> think_1"), arrow("think_1.refused -> say_1")] };

  const { shapes, removed } = together(before, story(), world);

  expect(shapes.think_1?.ports.map(({ name }) => name)).toEqual(["out", "refused"]);
  expect([...removed]).toEqual(["think_1.refused>say_1"]);
});
