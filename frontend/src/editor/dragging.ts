/** What a drag on the canvas moves, and what it comes to. */

import type { Graph } from "@/api/types";
import { boxOfGroup, boxOfNote, holds, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf, type Places, type Point } from "@/flow-kit/frames";
import { nodeById } from "@/flow-kit/graph";
import { groupKey, noteKey, readKey } from "@/flow-kit/keys";
import { isFrame, type World } from "@/flow-kit/stepTypes";
import { moveSteps } from "./edits";
import { regrouped } from "./groups/stepGroups";
import { moveNotes } from "./notes/notes";

/**
 * The places of all that moves when what `places` says is dragged: with a group go its steps, and with a group or a
 * frame the notes that lie on it. Groups are left out of the answer: they lie where their steps do.
 */
export function goingAlong(root: Graph, places: Places, world: World): Places {
  const notes = notesOf(root);
  const carries = (key: string) => {
    const { kind, id } = readKey(key);
    if (kind !== "step") return kind === "group";
    const node = notes.length > 0 ? nodeById(root, id) : undefined;
    return node !== undefined && isFrame(node, world.types);
  };
  if (![...places.keys()].some(carries)) return places;
  const boxes = boxesOf(root, world);
  const all = new Map<string, Point>();
  for (const [key, to] of places) {
    const group = stepGroupsOf(root).find((g) => groupKey(g.id) === key);
    const box = group ? boxOfGroup(group, boxes) : boxes.get(key);
    if (!group) all.set(key, to);
    if (!box || !carries(key)) continue;
    const shifted = ({ x, y }: Point): Point => ({ x: x + to.x - box.x, y: y + to.y - box.y });
    for (const step of group?.nodes ?? []) {
      const at = boxes.get(step);
      if (at && !places.has(step)) all.set(step, shifted(at));
    }
    for (const note of notes) {
      const key = noteKey(note.id);
      if (!places.has(key) && holds(box, boxOfNote(note))) all.set(key, shifted(note.position));
    }
  }
  return all;
}

/** The workflow after a drag: what was moved is there, and in the group it was dropped on. */
export function dropped(root: Graph, places: Places, world: World): Graph {
  const steps = new Map<string, Point>();
  const notes = new Map<string, Point>();
  for (const [key, to] of goingAlong(root, places, world)) {
    const { kind, id } = readKey(key);
    (kind === "note" ? notes : steps).set(id, to);
  }
  const moved = moveNotes(moveSteps(root, steps, world), notes);
  return regrouped(moved, new Set(steps.keys()), world);
}
