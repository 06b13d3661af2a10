/** Frames grow with what they hold: here what lies beside them makes room. */

import type { Graph } from "@/api/types";
import { beginningOf, sizeOf } from "@/flow-kit/frames";
import { type Box, overlaps } from "@/flow-kit/geometry";
import { nodeById } from "@/flow-kit/graph";
import type { World } from "@/flow-kit/stepTypes";
import { editAt, graphAt, type Home } from "@/flow-kit/tree";

const GAP = 40;

/**
 * `after` with room for the frames around the graph at `home`, which was changed since `before`. With `follows`, a
 * frame goes along when the left or upper edge of its contents has moved, so that nothing else seems to move.
 */
export function makeRoom(before: Graph, after: Graph, home: Home, world: World, follows = false): Graph {
  let root = after;
  for (let depth = home.length; depth > 0; depth--) {
    const id = home[depth - 1] as string;
    const outer = home.slice(0, depth - 1);
    if (follows) root = follow(before, root, home.slice(0, depth), id);
    const was = nodeById(before, id);
    if (!was) continue;
    const box = { ...was.position, ...sizeOf(graphAt(before, outer), was, world) };
    root = editAt(root, outer, (graph) => pushAside(graph, id, box, world));
  }
  return root;
}

function follow(before: Graph, root: Graph, home: Home, id: string): Graph {
  const was = beginningOf(graphAt(before, home));
  const is = beginningOf(graphAt(root, home));
  const dx = is.x - was.x;
  const dy = is.y - was.y;
  if (dx === 0 && dy === 0) return root;
  return editAt(root, home.slice(0, -1), (graph) => ({
    ...graph,
    nodes: graph.nodes.map((n) =>
      n.id === id ? { ...n, position: { x: n.position.x + dx, y: n.position.y + dy } } : n,
    ),
  }));
}

/** What lies to the right of a frame that was `old` and is wider now, or below it, moves on as far as need be. */
export function pushAside(graph: Graph, id: string, old: Box, world: World): Graph {
  const frame = nodeById(graph, id);
  if (!frame) return graph;
  const now: Box = { ...frame.position, ...sizeOf(graph, frame, world) };
  const right = now.x + now.width;
  const bottom = now.y + now.height;
  if (right <= old.x + old.width && bottom <= old.y + old.height) return graph;
  const others = graph.nodes
    .filter((n) => n.id !== id)
    .map((n) => ({ id: n.id, ...n.position, ...sizeOf(graph, n, world) }));
  const isBehind = (b: Box) => b.x >= old.x + old.width;
  const isUnder = (b: Box) => !isBehind(b) && b.y >= old.y + old.height && b.x + b.width > now.x;
  const inTheWay = others.filter((b) => overlaps(b, now, GAP));
  const dx = Math.max(0, ...inTheWay.filter(isBehind).map((b) => right + GAP - b.x));
  const dy = Math.max(0, ...inTheWay.filter(isUnder).map((b) => bottom + GAP - b.y));
  if (dx === 0 && dy === 0) return graph;
  const places = new Map(
    others.map((b) => [b.id, { x: b.x + (isBehind(b) ? dx : 0), y: b.y + (isUnder(b) ? dy : 0) }]),
  );
  return { ...graph, nodes: graph.nodes.map((n) => ({ ...n, position: places.get(n.id) ?? n.position })) };
}
