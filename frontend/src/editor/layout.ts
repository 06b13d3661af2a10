import type Dagre from "@dagrejs/dagre";
import type { Graph } from "@/api/types";
import { sizeOf } from "@/flow-kit/frames";
import { type Box, overlaps } from "@/flow-kit/geometry";
import { edgesInto, edgesOutOf, order } from "@/flow-kit/graph";
import { portsOf, type World } from "@/flow-kit/stepTypes";
import { STEP_GAP } from "./edits";

const ROW_GAP = 48;

/** The layout library: large, and handed in, so that it is loaded by who first wants order. */
export type LayoutLibrary = typeof Dagre;

/**
 * The workflow in order: from left to right without overlaps, paths of one step in the order of its ways out. Frames
 * first, so that what lies around them knows how big they are.
 */
export function tidy(root: Graph, world: World, dagre: LayoutLibrary): Graph {
  let changed = false;
  const inner = root.nodes.map((node) => {
    const body = node.body && tidy(node.body, world, dagre);
    return body === node.body ? node : { ...node, body };
  });
  const graph = { ...root, nodes: inner };
  const boxes = arrange(graph, world, dagre);
  const nodes = inner.map((node, i) => {
    const { x, y } = boxes.get(node.id) ?? node.position;
    const position = { x: Math.round(x), y: Math.round(y) };
    const isSame = position.x === node.position.x && position.y === node.position.y;
    if (!isSame || node !== root.nodes[i]) changed = true;
    return isSame ? node : { ...node, position };
  });
  return changed ? { ...root, nodes } : root;
}

function arrange(graph: Graph, world: World, dagre: LayoutLibrary): Map<string, Box> {
  const sheet = new dagre.graphlib.Graph();
  sheet.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: STEP_GAP, marginx: 0, marginy: 0 });
  sheet.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) sheet.setNode(node.id, { ...sizeOf(graph, node, world) });
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
  straighten(graph, boxes);
  return boxes;
}

/** Dagre lines up centres; handles sit at a fixed height, so a plain chain is lined up by its top where there is room. */
function straighten(graph: Graph, boxes: Map<string, Box>): void {
  for (const id of order(graph)) {
    const [into, ...others] = edgesInto(graph, id);
    const box = boxes.get(id);
    if (!into || !box || others.length > 0 || edgesOutOf(graph, into.source).length > 1) continue;
    const before = boxes.get(into.source);
    if (!before || before.y === box.y) continue;
    const moved = { ...box, y: before.y };
    const isFree = [...boxes].every(([other, b]) => other === id || !overlaps(moved, b, ROW_GAP / 2));
    if (isFree) boxes.set(id, moved);
  }
}
