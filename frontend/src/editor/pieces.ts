/** What is copied and pasted: steps with their connections, notes, and the groups all of whose steps come along. */

import type { Graph, StepGroup } from "@/api/types";
import { GROUPS_OF_STEPS, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import type { Point } from "@/flow-kit/frames";
import type { World } from "@/flow-kit/stepTypes";
import { type Home, stepsIn } from "@/flow-kit/tree";
import { addCopies, pieceOf } from "./edits";
import { nextGroupId } from "./groups/stepGroups";
import { nextNoteId } from "./notes/notes";

/** Notes that are pasted alone lie just beside those they are of. */
const NEAR: Point = { x: 32, y: 32 };

export function wholePieceOf(root: Graph, steps: readonly string[], notes: readonly string[]): Graph {
  const piece = pieceOf(root, steps);
  const ids = new Set([...stepsIn(piece)].map(({ id }) => id));
  const chosen = new Set(notes);
  const copied = {
    notes: notesOf(root).filter(({ id }) => chosen.has(id)),
    groups: stepGroupsOf(root).filter((group) => group.nodes.every((id) => ids.has(id))),
  };
  return {
    ...piece,
    ...(copied.notes.length > 0 && { notes: copied.notes }),
    ...(copied.groups.length > 0 && { groups: copied.groups }),
  };
}

export interface Copied {
  readonly graph: Graph;
  /** The ids of the new steps and notes. */
  readonly ids: readonly string[];
  readonly notes: readonly string[];
}

/** Adds copies of a piece: its steps to the graph at `home`, and its notes and groups beside them. */
export function addWholePiece(root: Graph, home: Home, piece: Graph, offset: Point, world: World): Copied {
  const steps = addCopies(root, home, piece, offset, world);
  const taken = new Set(notesOf(root).map(({ id }) => id));
  const by = piece.nodes.length > 0 ? offset : NEAR;
  const notes = notesOf(piece).map((note) => {
    const id = nextNoteId(taken);
    taken.add(id);
    return { ...note, id, position: { x: note.position.x + by.x, y: note.position.y + by.y } };
  });
  const groups = [...stepGroupsOf(root)];
  for (const group of stepGroupsOf(piece)) {
    const copy = renamedGroup(group, steps.names, new Set(groups.map(({ id }) => id)));
    if (copy && groups.length < GROUPS_OF_STEPS.most) groups.push(copy);
  }
  const graph: Graph = { ...root, ...steps.graph, notes: [...notesOf(root), ...notes], groups };
  return { graph, ids: steps.ids, notes: notes.map(({ id }) => id) };
}

function renamedGroup(
  group: StepGroup,
  names: ReadonlyMap<string, string>,
  taken: ReadonlySet<string>,
): StepGroup | null {
  const nodes = group.nodes.flatMap((id) => names.get(id) ?? []);
  return nodes.length > 0 ? { ...group, id: nextGroupId(taken), nodes } : null;
}
