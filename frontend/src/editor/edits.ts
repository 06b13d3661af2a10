/** What a person can do to a graph: each edit is a pure function to a new graph. Untouched parts keep their identity. */

import type { Graph, GraphEdge, GraphNode, Json, JsonObject, Shapes } from "@/api/types";
import { CARD, cardHeight, freeSpot } from "@/flow-kit/geometry";
import { downstream, ERROR_PORT, edgeId, edgesOutOf, nodeById, OUT_PORT, upstream } from "@/flow-kit/graph";
import {
  casesField,
  portsOf,
  type StepType,
  type StepTypes,
  startsRun,
  widgetOf,
} from "@/flow-kit/stepTypes";
import { renameRefs, writeRef } from "@/forms/template/syntax";

export interface World {
  readonly types: StepTypes;
  readonly shapes: Shapes;
}

/** Where a new step goes: in a connection, behind a step's way out, or at a point without a connection. */
export type Place =
  | { readonly kind: "edge"; readonly edge: GraphEdge }
  | {
      readonly kind: "after";
      readonly node: string;
      readonly port: string;
      readonly at?: { x: number; y: number };
    }
  | { readonly kind: "point"; readonly at: { x: number; y: number } };

export const STEP_GAP = 80;
const STEP_X = CARD.width + STEP_GAP;

export function nextId(graph: Graph, type: string, taken: ReadonlySet<string> = new Set()): string {
  const stem = type
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_")
    .slice(0, 44);
  for (let n = 1; ; n++) {
    const id = `${stem}_${n}`;
    if (!nodeById(graph, id) && !taken.has(id)) return id;
  }
}

export function addStep(
  graph: Graph,
  type: StepType,
  place: Place,
  world: World,
): { graph: Graph; id: string } {
  const id = nextId(graph, type.type);
  const step: GraphNode = {
    id,
    type: type.type,
    version: type.version,
    title: "",
    config: {},
    policy: {},
    position: { x: 0, y: 0 },
    body: null,
  };
  let nodes = graph.nodes;
  let edges = graph.edges;
  let position = place.kind === "edge" ? { x: 0, y: 0 } : (place.at ?? { x: 0, y: 0 });
  const height = (n: GraphNode) => cardHeight(portsOf(n, world.types, world.shapes).length);

  if (place.kind === "edge") {
    const { edge } = place;
    const source = nodeById(graph, edge.source);
    const target = nodeById(graph, edge.target);
    if (!source || !target) throw new Error("A step can only be put into a connection that is there.");
    const room = target.position.x - source.position.x - CARD.width;
    position = { x: source.position.x + STEP_X, y: room >= STEP_X ? source.position.y : target.position.y };
    if (target.position.x < position.x + STEP_X) {
      const shift = position.x + STEP_X - target.position.x;
      const moving = new Set([target.id, ...downstream(graph, target.id).keys()]);
      nodes = nodes.map((n) =>
        moving.has(n.id) ? { ...n, position: { x: n.position.x + shift, y: n.position.y } } : n,
      );
    }
    const port = portsOf(step, world.types, {})[0]?.name ?? OUT_PORT;
    edges = edges.flatMap((e) =>
      edgeId(e) === edgeId(edge)
        ? [
            { source: e.source, port: e.port, target: id },
            { source: id, port, target: e.target },
          ]
        : [e],
    );
  } else if (place.kind === "after") {
    const source = nodeById(graph, place.node);
    if (!source) throw new Error("A step can only be added behind one that is there.");
    if (!place.at) {
      const ports = portsOf(source, world.types, world.shapes);
      const row = Math.max(
        0,
        ports.findIndex((p) => p.name === place.port),
      );
      const siblings = ports.length > 1 ? (row - (ports.length - 1) / 2) * (CARD.height + 40) : 0;
      position = { x: source.position.x + STEP_X, y: source.position.y + siblings };
    }
    edges = [...edges, { source: place.node, port: place.port, target: id }];
  }

  const placed = { ...step, position };
  const spot = freeSpot(
    { ...position, width: CARD.width, height: height(placed) },
    nodes.map((n) => ({ ...n.position, width: CARD.width, height: height(n) })),
  );
  const next = { nodes: [...nodes, { ...placed, position: spot }], edges };
  const config = firstConfig(next, id, type, world);
  return { graph: Object.keys(config).length > 0 ? setConfig(next, id, config, world) : next, id };
}

/**
 * What a fresh step starts with: where its form asks for a text and has no default, the nearest information.
 * So a new step says something sensible before anything was set up.
 */
function firstConfig(graph: Graph, id: string, type: StepType, world: World): JsonObject {
  const nearest = nearestText(graph, id, world);
  const properties = objectOf(type.config.properties);
  const required = Array.isArray(type.config.required) ? type.config.required : [];
  const config: JsonObject = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (nearest && required.includes(name) && widgetOf(schema) === "template") config[name] = nearest;
  }
  return config;
}

function nearestText(graph: Graph, id: string, { types, shapes }: World): string | null {
  for (const [above] of [...upstream(graph, id)].sort((a, b) => a[1] - b[1])) {
    const node = nodeById(graph, above);
    const type = node && types.get(node.type);
    if (!type) continue;
    const output = objectOf(objectOf(shapes[above]?.output ?? type.output).properties);
    const field =
      type.streams ?? Object.keys(output).find((name) => objectOf(output[name]).type === "string");
    // A step that only decides has nothing to say; look further up.
    if (field && !casesField(type)) return writeRef(above, [field]);
  }
  return null;
}

/** Sets a step's config; connections that leave by a case that is gone go with it. */
export function setConfig(graph: Graph, id: string, config: JsonObject, world: World): Graph {
  const before = nodeById(graph, id);
  if (!before || before.config === config) return graph;
  const after = { ...before, config };
  const nodes = graph.nodes.map((n) => (n.id === id ? after : n));
  const gone = new Set(portsOf(before, world.types, world.shapes).map((p) => p.name));
  for (const port of portsOf(after, world.types, world.shapes)) gone.delete(port.name);
  gone.delete(ERROR_PORT);
  if (gone.size === 0) return { ...graph, nodes };
  return { nodes, edges: graph.edges.filter((e) => e.source !== id || !gone.has(e.port)) };
}

export function setField(
  graph: Graph,
  id: string,
  field: string,
  value: Json | undefined,
  world: World,
): Graph {
  const node = nodeById(graph, id);
  if (!node) return graph;
  const { [field]: old, ...rest } = node.config;
  if (old === value) return graph;
  return setConfig(graph, id, value === undefined ? rest : { ...node.config, [field]: value }, world);
}

export const setTitle = (graph: Graph, id: string, title: string): Graph => change(graph, id, { title });

export const setPolicy = (graph: Graph, id: string, policy: GraphNode["policy"]): Graph =>
  change(graph, id, { policy });

export function moveSteps(graph: Graph, positions: ReadonlyMap<string, { x: number; y: number }>): Graph {
  let moved = false;
  const nodes = graph.nodes.map((n) => {
    const to = positions.get(n.id);
    if (!to || (to.x === n.position.x && to.y === n.position.y)) return n;
    moved = true;
    return { ...n, position: { x: Math.round(to.x), y: Math.round(to.y) } };
  });
  return moved ? { ...graph, nodes } : graph;
}

/** Removes steps. Where one stood alone in a chain, its neighbours are joined, so that the path stays whole. */
export function removeSteps(graph: Graph, ids: ReadonlySet<string>): Graph {
  let { edges } = graph;
  for (const id of ids) {
    const into = edges.filter((e) => e.target === id);
    const outOf = edges.filter((e) => e.source === id);
    edges = edges.filter((e) => e.target !== id && e.source !== id);
    const onward = outOf.filter((e) => e.port !== ERROR_PORT);
    const next = onward[0];
    if (!next || onward.length > 1) continue;
    for (const e of into) {
      const bridge = { source: e.source, port: e.port, target: next.target };
      if (!edges.some((other) => edgeId(other) === edgeId(bridge))) edges = [...edges, bridge];
    }
  }
  return { nodes: graph.nodes.filter((n) => !ids.has(n.id)), edges };
}

export function removeEdges(graph: Graph, ids: ReadonlySet<string>): Graph {
  return { ...graph, edges: graph.edges.filter((e) => !ids.has(edgeId(e))) };
}

export function connect(graph: Graph, edge: GraphEdge): Graph {
  if (graph.edges.some((e) => edgeId(e) === edgeId(edge))) return graph;
  return { ...graph, edges: [...graph.edges, edge] };
}

/** Adds copies of `piece` (steps and the connections among them): new ids, refs among them follow. */
export function addCopies(
  graph: Graph,
  piece: Graph,
  offset: { x: number; y: number },
  types: StepTypes,
): { graph: Graph; ids: string[] } {
  const names = new Map<string, string>();
  const copied = piece.nodes.filter((n) => !startsRun(types.get(n.type)) || !hasStart(graph, types));
  for (const n of copied) names.set(n.id, nextId(graph, n.type, new Set(names.values())));
  const nodes = copied.map((n) => ({
    ...n,
    id: names.get(n.id) as string,
    config: renameRefs(n.config, names),
    position: { x: n.position.x + offset.x, y: n.position.y + offset.y },
  }));
  const edges = piece.edges.flatMap((e) => {
    const source = names.get(e.source);
    const target = names.get(e.target);
    return source && target ? [{ source, port: e.port, target }] : [];
  });
  return {
    graph: { nodes: [...graph.nodes, ...nodes], edges: [...graph.edges, ...edges] },
    ids: nodes.map((n) => n.id),
  };
}

export function pieceOf(graph: Graph, ids: ReadonlySet<string>): Graph {
  return {
    nodes: graph.nodes.filter((n) => ids.has(n.id)),
    edges: graph.edges.filter((e) => ids.has(e.source) && ids.has(e.target)),
  };
}

/** Where "add a step after this one" puts it: into the only way on, else behind the first free way out. */
export function placeAfter(graph: Graph, id: string, world: World): Place | null {
  const node = nodeById(graph, id);
  if (!node) return null;
  const ports = portsOf(node, world.types, world.shapes);
  const leaving = edgesOutOf(graph, id).filter((e) => e.port !== ERROR_PORT);
  const only = leaving[0];
  if (ports.length === 1 && only && leaving.length === 1) return { kind: "edge", edge: only };
  const free = ports.find((p) => !leaving.some((e) => e.port === p.name)) ?? ports.at(-1);
  return free ? { kind: "after", node: id, port: free.name } : null;
}

/** The last step of the story: where "add a step" goes when nothing is selected. */
export function lastStep(graph: Graph): string | null {
  const ends = graph.nodes.filter((n) => edgesOutOf(graph, n.id).length === 0);
  const far = (ends.length > 0 ? ends : graph.nodes).reduce<GraphNode | null>(
    (best, n) => (best === null || n.position.x > best.position.x ? n : best),
    null,
  );
  return far?.id ?? null;
}

export const hasStart = (graph: Graph, types: StepTypes): boolean =>
  graph.nodes.some((n) => startsRun(types.get(n.type)));

function change(graph: Graph, id: string, part: Partial<GraphNode>): Graph {
  return { ...graph, nodes: graph.nodes.map((n) => (n.id === id ? { ...n, ...part } : n)) };
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
