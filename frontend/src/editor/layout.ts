import dagre from "@dagrejs/dagre";
import type { Graph } from "@/api/types";
import { type Box, CARD, cardHeight, overlaps } from "@/flow-kit/geometry";
import { edgesInto, edgesOutOf, order } from "@/flow-kit/graph";
import { portsOf } from "@/flow-kit/stepTypes";
import { STEP_GAP, type World } from "./edits";

const ROW_GAP = 48;

/** Positions that read from left to right without overlaps; paths of one step keep the order of its ways out. */
export function tidy(graph: Graph, world: World): Map<string, { x: number; y: number }> {
  const sheet = new dagre.graphlib.Graph();
  sheet.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: STEP_GAP, marginx: 0, marginy: 0 });
  sheet.setDefaultEdgeLabel(() => ({}));
  const heights = new Map<string, number>();
  for (const node of graph.nodes) {
    const height = cardHeight(portsOf(node, world.types, world.shapes).length);
    heights.set(node.id, height);
    sheet.setNode(node.id, { width: CARD.width, height });
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
    const { x, y } = sheet.node(node.id);
    const height = heights.get(node.id) ?? CARD.height;
    boxes.set(node.id, { x: x - CARD.width / 2, y: y - height / 2, width: CARD.width, height });
  }
  straighten(graph, boxes);
  return new Map([...boxes].map(([id, { x, y }]) => [id, { x: Math.round(x), y: Math.round(y) }]));
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
