import { expect, test } from "vitest";
import type { Graph } from "@/api/types";
import { changesBetween } from "./changes";
import { addStep, moveSteps, removeSteps, setField, setTitle } from "./edits";
import { NO_SHAPES, repeated, story, THINK, TYPES } from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES };
const told = (before: Graph, now: Graph) =>
  changesBetween(before, now, (node) => node.id).map(({ kind, title }) => `${kind} ${title}`.trim());

test("new, other and gone steps are told, and a new name, but not a new place", () => {
  const before = story();
  const moved = moveSteps(before, new Map([["think_1", { x: 9, y: 400 }]]), world);
  const { graph: longer } = addStep(before, THINK, { kind: "after", node: "say_1", port: "out" }, world);

  expect(told(before, before)).toEqual([]);
  expect(told(before, moved)).toEqual([]);
  expect(told(before, setTitle(before, "think_1", "Ponder"))).toEqual(["changed think_1"]);
  expect(told(before, setField(longer, "think_1", "question", "Why?", world))).toEqual([
    "changed think_1",
    "added think_2",
  ]);
  expect(told(before, removeSteps(before, new Set(["think_1"])))).toEqual([
    "changed say_1",
    "removed think_1",
  ]);
});

test("a step inside another is told by itself", () => {
  const before = repeated();

  expect(told(before, setField(before, "think_1", "question", "Why?", world))).toEqual(["changed think_1"]);
  expect(told(before, removeSteps(before, new Set(["think_1"])))).toContain("removed think_1");
});

test("what stands beside the steps counts too", () => {
  const before = story();

  expect(told(before, { ...before })).toEqual([]);
  expect(told(before, { ...before, limits: { steps: 5 } })).toEqual(["beside"]);
});
