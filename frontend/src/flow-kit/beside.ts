/**
 * Notes and groups, and where they lie on the canvas. A note has a place of its own; a group lies around its steps,
 * wherever those are, in whichever graph.
 */

import type { Graph, Note, StepGroup } from "@/api/types";
import type { Point } from "./frames";
import { type Box, hull } from "./geometry";
import { homeOf } from "./tree";

/** As the server allows them (`nodes/sdk/notes.py`). */
export const NOTES = {
  most: 200,
  longest: 5_000,
  width: 240,
  height: 160,
  narrowest: 140,
  widest: 1_200,
  lowest: 80,
  highest: 1_200,
} as const;
export const GROUPS_OF_STEPS = { most: 100, longest: 200 } as const;
/** So far from the origin a note may lie. */
export const FARTHEST = 10_000_000;
/** Free space inside a group: above its steps stands its name. */
export const GROUP_SPACE = { head: 44, side: 20 } as const;

export const notesOf = (root: Graph): readonly Note[] => root.notes ?? [];
export const stepGroupsOf = (root: Graph): readonly StepGroup[] => root.groups ?? [];

export const boxOfNote = ({ position, size }: Note): Box => ({ ...position, ...size });

/** The group that a step is in. */
export const groupOfStep = (root: Graph, step: string): StepGroup | undefined =>
  root.groups?.find((g) => g.nodes.includes(step));

/** The step around the graph that a group's steps are in; undefined at the top. */
export const containerOfGroup = (root: Graph, group: StepGroup): string | undefined =>
  homeOf(root, group.nodes[0] ?? "").at(-1);

/** Around boxes of steps. */
export function groupAround(boxes: readonly Box[]): Box {
  const { x, y, width, height } = hull(boxes);
  return {
    x: x - GROUP_SPACE.side,
    y: y - GROUP_SPACE.head,
    width: width + 2 * GROUP_SPACE.side,
    height: height + GROUP_SPACE.head + GROUP_SPACE.side,
  };
}

/**
 * Where a group lies. While some of its steps are dragged it stays around the others, so that one sees whether a step
 * is still in it; when all are, it goes with them.
 */
export function boxOfGroup(
  group: StepGroup,
  boxes: ReadonlyMap<string, Box>,
  dragged: { has(step: string): boolean } = new Set(),
): Box | null {
  const boxed = (ids: readonly string[]) => ids.flatMap((id) => boxes.get(id) ?? []);
  const still = boxed(group.nodes.filter((id) => !dragged.has(id)));
  const around = still.length > 0 ? still : boxed(group.nodes);
  return around.length > 0 ? groupAround(around) : null;
}

export const holds = (outer: Box, inner: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

export const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

export const isAt = (box: Box, { x, y }: Point): boolean =>
  x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
