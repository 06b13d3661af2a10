import { expect, test } from "vitest";
import type { Graph } from "@/api/types";
import { changesAround, changesBetween } from "./changes";
import { addStep, moveSteps, removeSteps, setField, setTitle } from "./edits";
import { groupSteps, leaveGroups } from "./groups/stepGroups";
import { addNote, changeNote, moveNotes, removeNotes } from "./notes/notes";
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

test("notes and groups are told apart from the steps, and a new place is no change", () => {
  const titles = { note: () => "note", group: () => "group" };
  const around = (before: Graph, now: Graph) =>
    changesAround(before, now, titles).map(({ kind, id }) => `${kind} ${id}`);
  const before = addNote(
    groupSteps(story(), ["think_1", "say_1"], { title: "A", colour: "blue" }),
    null,
    world,
  ).graph;

  expect(told(story(), before)).toEqual([]);
  expect(around(story(), before)).toEqual(["added group:group_1", "added note:note_1"]);
  expect(around(before, moveNotes(before, new Map([["note_1", { x: 5, y: 5 }]])))).toEqual([]);
  expect(around(before, changeNote(before, "note_1", { text: "Hi" }))).toEqual(["changed note:note_1"]);
  expect(around(before, leaveGroups(before, new Set(["say_1"])))).toEqual(["changed group:group_1"]);
  expect(around(before, removeNotes(before, new Set(["note_1"])))).toEqual(["removed note:note_1"]);
});
