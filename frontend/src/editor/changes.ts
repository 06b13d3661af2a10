/** What a draft has that another has not, step by step, for people to read. */

import type { Graph, GraphNode, Note, StepGroup } from "@/api/types";
import { notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { nodeById } from "@/flow-kit/graph";
import { groupKey, noteKey } from "@/flow-kit/keys";
import { stepsIn } from "@/flow-kit/tree";
import { changedSince } from "./changed";

/** A step, note or group that is new, gone, or other now; or what stands beside the steps. */
export interface Change {
  readonly kind: "added" | "changed" | "removed" | "beside";
  /** By which the canvas knows it. */
  readonly id: string;
  readonly title: string;
}

/** A new name is a change, a new place is none. Beside the steps stand what the app remembers and what a run may take. */
export function changesBetween(before: Graph, now: Graph, titleOf: (node: GraphNode) => string): Change[] {
  const other = changedSince(before, now).map((path) => path.split(".").at(-1));
  const told: Change[] = [];
  const tell = (kind: Change["kind"], node: GraphNode) =>
    told.push({ kind, id: node.id, title: titleOf(node) });
  for (const node of stepsIn(now)) {
    const old = nodeById(before, node.id);
    if (!old) tell("added", node);
    else if (other.includes(node.id) || old.title !== node.title) tell("changed", node);
  }
  for (const node of stepsIn(before)) if (!nodeById(now, node.id)) tell("removed", node);
  if (beside(before) !== beside(now)) told.push({ kind: "beside", id: "", title: "" });
  return told;
}

/** The same of notes and groups, which only those see who build the app. A new place is no change of a note either. */
export function changesAround(
  before: Graph,
  now: Graph,
  titles: { note: (note: Note) => string; group: (group: StepGroup) => string },
): Change[] {
  const ofNote = (one: Note): Said => ({
    id: noteKey(one.id),
    title: titles.note(one),
    is: [one.text, one.colour],
  });
  const ofGroup = (one: StepGroup): Said => ({
    id: groupKey(one.id),
    title: titles.group(one),
    is: [one.title, one.colour, ...[...one.nodes].sort()],
  });
  return [
    ...among(stepGroupsOf(before).map(ofGroup), stepGroupsOf(now).map(ofGroup)),
    ...among(notesOf(before).map(ofNote), notesOf(now).map(ofNote)),
  ];
}

interface Said {
  readonly id: string;
  readonly title: string;
  /** What makes it what it is. */
  readonly is: readonly string[];
}

function among(before: readonly Said[], now: readonly Said[]): Change[] {
  const old = new Map(before.map((one) => [one.id, one]));
  const is = new Set(now.map(({ id }) => id));
  return [
    ...now.flatMap(({ id, title, is }): Change[] => {
      const was = old.get(id);
      if (!was) return [{ kind: "added", id, title }];
      return JSON.stringify(was.is) === JSON.stringify(is) ? [] : [{ kind: "changed", id, title }];
    }),
    ...before
      .filter(({ id }) => !is.has(id))
      .map(({ id, title }): Change => ({ kind: "removed", id, title })),
  ];
}

const beside = ({ variables = [], limits = null }: Graph) => JSON.stringify([variables, limits]);
