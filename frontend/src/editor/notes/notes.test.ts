import { expect, test } from "vitest";
import { boxOfGroup, boxOfNote, NOTES, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf } from "@/flow-kit/frames";
import { overlaps } from "@/flow-kit/geometry";
import { groupSteps } from "../groups/stepGroups";
import { neighbourOfNote } from "../neighbours";
import { NO_SHAPES, story, TYPES } from "../testing";
import { addNote, changeNote, hasRoomForNotes, moveNotes, removeNotes, titleOfNote } from "./notes";

const world = { types: TYPES, shapes: NO_SHAPES };
const noted = () => addNote(story(), { x: 400, y: 40 }, world).graph;

test("a new note covers no step, no other note, and no group", () => {
  let graph = groupSteps(story(), ["think_1", "say_1"], { title: "", colour: "blue" });
  for (let i = 0; i < 6; i++) graph = addNote(graph, { x: 400, y: 40 }, world).graph;

  const notes = notesOf(graph).map(boxOfNote);
  const steps = boxesOf(graph, world);
  const [group] = stepGroupsOf(graph).map((one) => boxOfGroup(one, steps));
  const all = [...notes, ...steps.values()];

  expect(notesOf(graph).map((n) => n.id)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `note_${n}`));
  expect(group && notes.some((one) => overlaps(one, group))).toBe(false);
  expect(all.every((a, i) => all.slice(i + 1).every((b) => !overlaps(a, b)))).toBe(true);
});

test("without a place it goes below everything", () => {
  const { graph } = addNote(story(), null, world);

  expect(notesOf(graph)[0]?.position.y).toBeGreaterThan(116);
});

test("there are so many notes at most", () => {
  const note = notesOf(noted())[0];
  const notes = Array.from({ length: NOTES.most }, (_, i) => ({ ...note, id: `note_${i}` }));

  expect(hasRoomForNotes({ ...story(), notes: notes as never })).toBe(false);
  expect(hasRoomForNotes({ ...story(), notes: notes.slice(1) as never })).toBe(true);
});

test("a note is never larger or smaller than the server takes it", () => {
  const small = changeNote(noted(), "note_1", { size: { width: 1, height: -50 } });
  const large = changeNote(noted(), "note_1", { size: { width: 9_999, height: 9_999 } });

  expect(notesOf(small)[0]?.size).toEqual({ width: NOTES.narrowest, height: NOTES.lowest });
  expect(notesOf(large)[0]?.size).toEqual({ width: NOTES.widest, height: NOTES.highest });
});

test("what changes nothing is no edit, and steps stay the same objects", () => {
  const graph = noted();

  expect(changeNote(graph, "note_1", { text: "" })).toBe(graph);
  expect(moveNotes(graph, new Map([["note_9", { x: 1, y: 1 }]]))).toBe(graph);
  expect(removeNotes(graph, new Set(["think_1"]))).toBe(graph);
  expect(changeNote(graph, "note_1", { text: "Hi" }).nodes).toBe(graph.nodes);
});

test("a note is called by its first line, without Markdown", () => {
  expect(titleOfNote({ text: "\n## **Ask** `Mei`\nbefore you change this" })).toBe("Ask Mei");
  expect(titleOfNote({ text: " \n" })).toBe("");
  expect(titleOfNote({ text: "x".repeat(200) })).toHaveLength(60);
});

test("arrows lead from a note to what lies there", () => {
  const above = moveNotes(noted(), new Map([["note_1", { x: 320, y: -300 }]]));

  expect(neighbourOfNote(above, "note_1", "down", world)).toEqual({ kind: "step", id: "think_1" });
  expect(neighbourOfNote(above, "note_1", "up", world)).toBeNull();
});
