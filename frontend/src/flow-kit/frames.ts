/**
 * How big steps are and where they lie on the canvas.
 *
 * A step that holds steps is a frame around them, sized by what it holds. Positions are kept in the coordinates of the
 * step's own graph; on the canvas the steps inside a frame lie below its head, wherever their graph's origin is. To
 * React Flow all steps are equals with places of their own: nothing is measured, and dragging a frame is one sum.
 */

import type { Graph, GraphNode } from "@/api/types";
import { type Box, CARD, cardHeight, hull, STRIP } from "./geometry";
import { usesErrorPort } from "./graph";
import { isFrame, portsOf, type World } from "./stepTypes";
import { bodyOf } from "./tree";

export type Point = { readonly x: number; readonly y: number };
export type Places = ReadonlyMap<string, Point>;

/** `head`: title and sentence. `side` and `gap`: free space around the steps inside. */
export const FRAME = { head: 72, side: 56, gap: 24, width: 432, inside: 116 } as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

const NONE: Places = new Map();

/** The number of ways out a step shows: the one for failures counts where it is used. */
export function exitsOf(graph: Graph, node: GraphNode, { types, shapes }: World): number {
  return portsOf(node, types, shapes).length + (usesErrorPort(graph, node) ? 1 : 0);
}

/** Height of a frame's head, with the rows of its ways out if it has several. */
export const headHeight = (exits: number): number => FRAME.head + exitsHeight(exits);

/** Several ways out stand in rows with their names. */
export const exitsHeight = (exits: number): number => (exits > 1 ? exits * CARD.port : 0);

/** Where every step of the workflow lies on the canvas. Steps in `moving` are where it says; frames stretch around them. */
export function boxesOf(root: Graph, world: World, moving: Places = NONE): Map<string, Box> {
  const boxes = new Map<string, Box>();
  place(root, { x: 0, y: 0 }, world, moving, boxes);
  return boxes;
}

export function sizeOf(graph: Graph, node: GraphNode, world: World): Size {
  const exits = exitsOf(graph, node, world);
  if (!isFrame(node, world.types)) return { width: CARD.width, height: cardHeight(exits) };
  const body = bodyOf(node);
  const { width, height } = around(
    body.nodes.map((n) => ({ ...n.position, ...sizeOf(body, n, world) })),
    { x: 0, y: 0 },
    exits,
  );
  return { width, height };
}

/** What turns positions in a body into places on the canvas, when its frame lies at `corner`. */
export function shiftInto(body: Graph, corner: Point, exits: number): Point {
  const { x, y } = beginningOf(body);
  return { x: corner.x + FRAME.side - x, y: corner.y + headHeight(exits) + FRAME.gap - y };
}

/** The left and upper edge of what lies in a graph. */
export function beginningOf({ nodes }: Graph): Point {
  if (nodes.length === 0) return { x: 0, y: 0 };
  return { x: Math.min(...nodes.map((n) => n.position.x)), y: Math.min(...nodes.map((n) => n.position.y)) };
}

function place(graph: Graph, shift: Point, world: World, moving: Places, boxes: Map<string, Box>): void {
  for (const node of graph.nodes) {
    const exits = exitsOf(graph, node, world);
    const moved = moving.get(node.id);
    const corner = moved ?? { x: node.position.x + shift.x, y: node.position.y + shift.y };
    if (!isFrame(node, world.types)) {
      boxes.set(node.id, { ...corner, width: CARD.width, height: cardHeight(exits) });
      continue;
    }
    const body = bodyOf(node);
    // In the order in which they are drawn and read, a frame comes before what it holds.
    boxes.set(node.id, { ...corner, width: 0, height: 0 });
    // What is in a frame that moves goes with it, also when it was chosen together with it.
    place(body, shiftInto(body, corner, exits), world, moved ? NONE : moving, boxes);
    const inside = body.nodes.map((n) => boxes.get(n.id) as Box);
    boxes.set(node.id, around(inside, corner, exits));
  }
}

/** The frame around boxes; an empty one stands at `corner`. */
function around(inside: readonly Box[], corner: Point, exits: number): Box {
  const head = headHeight(exits);
  if (inside.length === 0) {
    return { ...corner, width: FRAME.width, height: head + FRAME.inside + 2 * FRAME.gap + STRIP };
  }
  const { x, y, width, height } = hull(inside);
  return {
    x: x - FRAME.side,
    y: y - head - FRAME.gap,
    width: Math.max(FRAME.width, width + 2 * FRAME.side),
    height: head + height + 2 * FRAME.gap + STRIP,
  };
}
