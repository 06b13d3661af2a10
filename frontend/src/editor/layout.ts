import type Dagre from "@dagrejs/dagre";
import type { Graph, GraphNode, StepGroup } from "@/api/types";
import { boxOfNote, groupAround, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf, type Size, sizeOf } from "@/flow-kit/frames";
import { type Box, freeSpot, overlaps } from "@/flow-kit/geometry";
import { edgesInto, edgesOutOf, nodeById, order } from "@/flow-kit/graph";
import { groupKey } from "@/flow-kit/keys";
import { isFrame, portsOf, type World } from "@/flow-kit/stepTypes";
import { STEP_GAP } from "./edits";
import { moveNotes } from "./notes/notes";

const ROW_GAP = 48;

/** The layout library: large, and handed in, so that it is loaded by who first wants order. */
export type LayoutLibrary = typeof Dagre;

/**
 * The workflow in order: from left to right without overlaps, paths of one step in the order of its ways out. Frames
 * first, so that what lies around them knows how big they are; the steps of a group lie together, and a note stays
 * beside the step that it lay nearest to.
 */
export function tidy(root: Graph, world: World, dagre: LayoutLibrary): Graph {
  const tidied = inOrder(root, stepGroupsOf(root), world, dagre);
  return tidied === root ? root : notesFollowing(root, tidied, world);
}

function inOrder(graph: Graph, groups: readonly StepGroup[], world: World, dagre: LayoutLibrary): Graph {
  let changed = false;
  const inner = graph.nodes.map((node) => {
    const body = node.body && inOrder(node.body, groups, world, dagre);
    return body === node.body ? node : { ...node, body };
  });
  const boxes = arrange({ ...graph, nodes: inner }, groups, world, dagre);
  const nodes = inner.map((node, i) => {
    const { x, y } = boxes.get(node.id) ?? node.position;
    const position = { x: Math.round(x), y: Math.round(y) };
    const isSame = position.x === node.position.x && position.y === node.position.y;
    if (!isSame || node !== graph.nodes[i]) changed = true;
    return isSame ? node : { ...node, position };
  });
  return changed ? { ...graph, nodes } : graph;
}

/** Where the steps of one graph go. Those of a group are put in order by themselves, and then stand as one among the others. */
function arrange(
  graph: Graph,
  groups: readonly StepGroup[],
  world: World,
  dagre: LayoutLibrary,
): Map<string, Box> {
  const sizes = new Map<string, Size>(graph.nodes.map((n) => [n.id, sizeOf(graph, n, world)]));
  const together = groups.filter((g) => g.nodes.some((id) => sizes.has(id)));
  if (together.length === 0) return place(graph, sizes, new Map(), world, dagre);

  const unitOf = new Map(together.flatMap((g) => g.nodes.map((id) => [id, groupKey(g.id)] as const)));
  const unit = (id: string) => unitOf.get(id) ?? id;
  const inside = new Map<string, { around: Box; boxes: Map<string, Box> }>();
  const lines = new Map<string, number>();
  for (const group of together) {
    const ids = new Set(group.nodes);
    const piece: Graph = {
      nodes: graph.nodes.filter((n) => ids.has(n.id)),
      edges: graph.edges.filter((e) => ids.has(e.source) && ids.has(e.target)),
    };
    const boxes = place(piece, sizes, new Map(), world, dagre);
    const around = groupAround([...boxes.values()]);
    const key = groupKey(group.id);
    inside.set(key, { around, boxes });
    sizes.set(key, around);
    const entry = boxes.get(order(piece)[0] ?? "");
    lines.set(key, entry ? entry.y - around.y : 0);
  }
  const units = new Map<string, GraphNode>();
  for (const node of graph.nodes) if (!units.has(unit(node.id))) units.set(unit(node.id), node);
  const outer = place(
    {
      nodes: [...units].map(([id, node]) => ({ ...node, id })),
      edges: graph.edges
        .map((e) => ({ ...e, source: unit(e.source), target: unit(e.target) }))
        .filter((e) => e.source !== e.target),
    },
    sizes,
    lines,
    world,
    dagre,
  );
  const all = new Map<string, Box>();
  for (const [id, box] of outer) {
    const group = inside.get(id);
    if (!group) all.set(id, box);
    for (const [step, at] of group?.boxes ?? []) {
      all.set(step, {
        ...at,
        x: at.x + box.x - (group?.around.x ?? 0),
        y: at.y + box.y - (group?.around.y ?? 0),
      });
    }
  }
  return all;
}

/** `lines`: how far below its upper edge a thing has the line that its neighbours are lined up with, if it is not there. */
function place(
  graph: Graph,
  sizes: ReadonlyMap<string, Size>,
  lines: ReadonlyMap<string, number>,
  world: World,
  dagre: LayoutLibrary,
): Map<string, Box> {
  const sheet = new dagre.graphlib.Graph();
  sheet.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: STEP_GAP, marginx: 0, marginy: 0 });
  sheet.setDefaultEdgeLabel(() => ({}));
  for (const { id } of graph.nodes) {
    const { width, height } = sizes.get(id) as Size;
    sheet.setNode(id, { width, height });
  }
  for (const node of graph.nodes) {
    const ports = portsOf(node, world.types, world.shapes).map((p) => p.name);
    const leaving = [...edgesOutOf(graph, node.id)];
    leaving.sort((a, b) => ports.indexOf(a.port) - ports.indexOf(b.port));
    for (const { source, target } of leaving) sheet.setEdge(source, target);
  }
  dagre.layout(sheet);

  const boxes = new Map<string, Box>();
  for (const node of graph.nodes) {
    const { x, y, width, height } = sheet.node(node.id);
    boxes.set(node.id, { x: x - width / 2, y: y - height / 2, width, height });
  }
  straighten(graph, boxes, lines);
  return boxes;
}

/** Dagre lines up centres; handles sit at a fixed height, so a plain chain is lined up by its top where there is room. */
function straighten(graph: Graph, boxes: Map<string, Box>, lines: ReadonlyMap<string, number>): void {
  for (const id of order(graph)) {
    const [into, ...others] = edgesInto(graph, id);
    const box = boxes.get(id);
    if (!into || !box || others.length > 0 || edgesOutOf(graph, into.source).length > 1) continue;
    const before = boxes.get(into.source);
    if (!before) continue;
    const y = before.y + (lines.get(into.source) ?? 0) - (lines.get(id) ?? 0);
    if (y === box.y) continue;
    const moved = { ...box, y };
    const isFree = [...boxes].every(([other, b]) => other === id || !overlaps(moved, b, ROW_GAP / 2));
    if (isFree) boxes.set(id, moved);
  }
}

/** Each note beside the step that it lay nearest to, or as near as it covers no card and no other note. */
function notesFollowing(before: Graph, after: Graph, world: World): Graph {
  const notes = notesOf(before);
  if (notes.length === 0) return after;
  const was = boxesOf(before, world);
  const is = boxesOf(after, world);
  const taken = [...is].flatMap(([id, box]) => {
    const node = nodeById(after, id);
    return node && isFrame(node, world.types) ? [] : [box];
  });
  const places = new Map<string, { x: number; y: number }>();
  for (const note of notes) {
    const box = boxOfNote(note);
    const [nearest] = [...was].sort(([, a], [, b]) => gap(a, box) - gap(b, box));
    const to = nearest && is.get(nearest[0]);
    const at = to ? { x: box.x + to.x - nearest[1].x, y: box.y + to.y - nearest[1].y } : note.position;
    const free = freeSpot({ ...box, ...at }, taken);
    taken.push({ ...box, ...free });
    places.set(note.id, free);
  }
  return moveNotes(after, places);
}

/** The distance between two boxes. */
function gap(a: Box, b: Box): number {
  const dx = Math.max(0, a.x - b.x - b.width, b.x - a.x - a.width);
  const dy = Math.max(0, a.y - b.y - b.height, b.y - a.y - a.height);
  return Math.hypot(dx, dy);
}
