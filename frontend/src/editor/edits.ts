/**
 * What a person can do to a workflow: each edit is a pure function to a new one. Untouched parts keep their identity.
 * A workflow is a tree of graphs (`flow-kit/tree`); every edit takes the whole, and finds by id the graph it is about.
 */

import type { Graph, GraphEdge, GraphNode, Json, JsonObject } from "@/api/types";
import { boxesOf, type Places, type Point, shiftInto, sizeOf } from "@/flow-kit/frames";
import { type Box, CARD, freeSpot, hull } from "@/flow-kit/geometry";
import { downstream, ERROR_PORT, edgeId, edgesInto, edgesOutOf, nodeById, OUT_PORT } from "@/flow-kit/graph";
import {
  casesField,
  holdsSteps,
  portsOf,
  type StepType,
  type StepTypes,
  startsRun,
  takesTools,
  type World,
  widgetOf,
} from "@/flow-kit/stepTypes";
import { bodyOf, byHome, editAt, editStep, graphAt, type Home, homeOf, TOP } from "@/flow-kit/tree";
import { renameRefs, writeRef } from "@/forms/template/syntax";
import { makeRoom, pushAside } from "./room";
import { stepsBefore } from "./scope";

export type { World } from "@/flow-kit/stepTypes";

/**
 * Where a new step goes: in a connection, behind a step's way out, to the beginning of a frame, around steps that are
 * there, or at a point of the canvas without a connection.
 */
export type Place =
  | { readonly kind: "edge"; readonly edge: GraphEdge }
  | { readonly kind: "after"; readonly node: string; readonly port: string; readonly at?: Point }
  | { readonly kind: "inside"; readonly node: string }
  | { readonly kind: "around"; readonly nodes: readonly string[] }
  | { readonly kind: "point"; readonly at: Point };

export const STEP_GAP = 80;
const TOOL_GAP = 24;

/** An id that no step of the workflow has. */
export function nextId(root: Graph, type: string, taken: ReadonlySet<string> = new Set()): string {
  const stem = type
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_")
    .slice(0, 44);
  for (let n = 1; ; n++) {
    const id = `${stem}_${n}`;
    if (!nodeById(root, id) && !taken.has(id)) return id;
  }
}

/** The graph in which a new step will lie. */
export function homeFor(root: Graph, place: Place): Home {
  if (place.kind === "edge") return homeOf(root, place.edge.source);
  if (place.kind === "after") return homeOf(root, place.node);
  if (place.kind === "inside") return [...homeOf(root, place.node), place.node];
  if (place.kind === "around") return homeOf(root, place.nodes[0] ?? "");
  return TOP;
}

/** Will a step there be a tool of the agent around it, which nothing connects? */
export function isToolPlace(root: Graph, place: Place, types: StepTypes): boolean {
  const container = nodeById(root, homeFor(root, place).at(-1) ?? "");
  return place.kind !== "around" && takesTools(container && types.get(container.type));
}

export function addStep(
  root: Graph,
  type: StepType,
  place: Place,
  world: World,
): { graph: Graph; id: string } {
  const id = nextId(root, type.type);
  const step: GraphNode = {
    id,
    type: type.type,
    version: type.version,
    title: "",
    config: {},
    policy: {},
    position: { x: 0, y: 0 },
    body: holdsSteps(type) ? { nodes: [], edges: [] } : null,
  };
  const home = homeFor(root, place);
  const isTool = isToolPlace(root, place, world.types);
  const added = editAt(root, home, (graph) => {
    if (place.kind === "around") return putAround(graph, step, new Set(place.nodes), world);
    if (isTool) {
      const at = { x: 0, y: Math.max(0, ...graph.nodes.map((n) => bottomOf(graph, n, world) + TOOL_GAP)) };
      return { ...graph, nodes: [...graph.nodes, { ...step, position: at }] };
    }
    const { position, edges, shifted } = joined(root, home, graph, step, place, world);
    const nodes = graph.nodes.map((n) => {
      const to = shifted.get(n.id);
      return to ? { ...n, position: to } : n;
    });
    return {
      nodes: [...nodes, { ...step, position: freePlace(graph, nodes, step, position, world) }],
      edges,
    };
  });
  const roomy = makeRoom(root, added, home, world);
  // What a tool leaves open its agent gives.
  const config = isTool ? {} : firstConfig(roomy, id, type, world);
  return { graph: Object.keys(config).length > 0 ? setConfig(roomy, id, config, world) : roomy, id };
}

/** How a new step is tied into its graph: where it goes at best, the connections, and the steps that make room. */
function joined(
  root: Graph,
  home: Home,
  graph: Graph,
  step: GraphNode,
  place: Exclude<Place, { kind: "around" }>,
  world: World,
): { position: Point; edges: GraphEdge[]; shifted: Places } {
  const exit = portsOf(step, world.types, {})[0]?.name;
  const shifted = new Map<string, Point>();
  if (place.kind === "edge") {
    const { edge } = place;
    const source = nodeById(graph, edge.source);
    const target = nodeById(graph, edge.target);
    if (!source || !target) throw new Error("A step can only be put into a connection that is there.");
    const width = boxOf(graph, step, world).width;
    const from = source.position.x + boxOf(graph, source, world).width + STEP_GAP;
    const hasRoom = target.position.x - from >= width + STEP_GAP;
    const position = { x: from, y: hasRoom ? source.position.y : target.position.y };
    const shift = position.x + width + STEP_GAP - target.position.x;
    if (shift > 0) {
      for (const id of [target.id, ...downstream(graph, target.id).keys()]) {
        const n = nodeById(graph, id);
        if (n) shifted.set(id, { x: n.position.x + shift, y: n.position.y });
      }
    }
    const edges = graph.edges.flatMap((e) => {
      if (edgeId(e) !== edgeId(edge)) return [e];
      const into = { source: e.source, port: e.port, target: step.id };
      // Behind a step that nothing follows, what followed before stands alone.
      return exit === undefined ? [into] : [into, { source: step.id, port: exit, target: e.target }];
    });
    return { position, edges, shifted };
  }
  if (place.kind === "after") {
    const source = nodeById(graph, place.node);
    if (!source) throw new Error("A step can only be added behind one that is there.");
    const edges = [...graph.edges, { source: place.node, port: place.port, target: step.id }];
    if (place.at) return { position: toLocal(root, home, place.at, world), edges, shifted };
    const ports = portsOf(source, world.types, world.shapes);
    const row = Math.max(
      0,
      ports.findIndex((p) => p.name === place.port),
    );
    const siblings = ports.length > 1 ? (row - (ports.length - 1) / 2) * (CARD.height + 40) : 0;
    const x = source.position.x + boxOf(graph, source, world).width + STEP_GAP;
    return { position: { x, y: source.position.y + siblings }, edges, shifted };
  }
  if (place.kind === "inside") {
    const first = beginningsOf(graph);
    const [top] = first;
    const edges =
      exit === undefined
        ? graph.edges
        : [...graph.edges, ...first.map((n) => ({ source: step.id, port: exit, target: n.id }))];
    const x = Math.min(...first.map((n) => n.position.x)) - boxOf(graph, step, world).width - STEP_GAP;
    return { position: top ? { x, y: top.position.y } : { x: 0, y: 0 }, edges, shifted };
  }
  return { position: place.at, edges: graph.edges, shifted };
}

/** The steps of a graph that nothing leads to. */
export const beginningsOf = (graph: Graph): GraphNode[] =>
  graph.nodes.filter((n) => edgesInto(graph, n.id).length === 0);

/** A point of the canvas in the coordinates of the graph at `home`. */
function toLocal(root: Graph, home: Home, at: Point, world: World): Point {
  const some = graphAt(root, home).nodes[0];
  const box = some && boxesOf(root, world).get(some.id);
  return some && box ? { x: at.x - box.x + some.position.x, y: at.y - box.y + some.position.y } : at;
}

const bottomOf = (graph: Graph, node: GraphNode, world: World): number =>
  node.position.y + sizeOf(graph, node, world).height;

function boxOf(graph: Graph, node: GraphNode, world: World): Box {
  return { ...node.position, ...sizeOf(graph, node, world) };
}

function freePlace(
  graph: Graph,
  nodes: readonly GraphNode[],
  step: GraphNode,
  at: Point,
  world: World,
): Point {
  return freeSpot(
    { ...at, ...sizeOf(graph, step, world) },
    nodes.map((n) => boxOf(graph, n, world)),
  );
}

/** Puts a fresh frame around steps of one graph: what led to them leads to it, and what they led to follows it. */
function putAround(graph: Graph, step: GraphNode, ids: ReadonlySet<string>, world: World): Graph {
  const piece = pieceOf(graph, ids);
  const exit = portsOf(step, world.types, {})[0]?.name ?? OUT_PORT;
  const edges = new Map<string, GraphEdge>();
  for (const e of graph.edges) {
    const [from, to] = [ids.has(e.source), ids.has(e.target)];
    if (from && to) continue;
    const edge = from ? { ...e, source: step.id, port: exit } : to ? { ...e, target: step.id } : e;
    edges.set(edgeId(edge), edge);
  }
  const frame = { ...step, body: piece, position: { x: 0, y: 0 } };
  // The steps stay where they are; the frame appears around them.
  const { x, y } = shiftInto(piece, { x: 0, y: 0 }, portsOf(frame, world.types, {}).length);
  const rest = graph.nodes.filter((n) => !ids.has(n.id));
  const around = { nodes: [...rest, { ...frame, position: { x: -x, y: -y } }], edges: [...edges.values()] };
  return pushAside(around, step.id, hull(piece.nodes.map((n) => boxOf(graph, n, world))), world);
}

/** Can a frame go around these steps? All of one graph, none that begins the run, and no path that leaves and comes back. */
export function canPutAround(root: Graph, ids: readonly string[], types: StepTypes): boolean {
  const [group, ...others] = byHome(root, ids);
  if (!group || others.length > 0) return false;
  const graph = graphAt(root, group.home);
  const chosen = group.ids;
  if ([...chosen].some((id) => startsRun(types.get(nodeById(graph, id)?.type ?? "")))) return false;
  for (const id of chosen) {
    for (const { target } of edgesOutOf(graph, id)) {
      if (chosen.has(target)) continue;
      if ([...downstream(graph, target).keys()].some((later) => chosen.has(later))) return false;
    }
  }
  return true;
}

/**
 * What a fresh step starts with: where its form asks for something and has no default, the nearest information that
 * fits, a list where any value will do. So a new step says something sensible before anything was set up.
 */
function firstConfig(root: Graph, id: string, type: StepType, world: World): JsonObject {
  const properties = objectOf(type.config.properties);
  const required = Array.isArray(type.config.required) ? type.config.required : [];
  const config: JsonObject = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (!required.includes(name) || widgetOf(schema) !== "template") continue;
    const takesAny = objectOf(schema).type === undefined;
    const nearest = (takesAny && nearestOf(root, id, "array", world)) || nearestOf(root, id, "string", world);
    if (nearest) config[name] = nearest;
  }
  return config;
}

function nearestOf(root: Graph, id: string, kind: "string" | "array", world: World): string | null {
  for (const before of stepsBefore(root, id)) {
    const node = nodeById(root, before.id);
    const type = node && world.types.get(node.type);
    if (!type) continue;
    // A step that only decides has nothing to say; look further up.
    if (!before.isAround && casesField(type)) continue;
    const schema = before.isAround ? type.inside : (world.shapes[before.id]?.output ?? type.output);
    const output = objectOf(objectOf(schema).properties);
    const isFitting = (name: string) => {
      const found = objectOf(output[name]).type;
      // What a frame hands to its steps may be anything; that is what they are there for.
      return found === kind || (before.isAround && kind === "string" && found === undefined);
    };
    const streams = kind === "string" && !before.isAround ? type.streams : null;
    const field = streams ?? Object.keys(output).find(isFitting);
    if (field) return writeRef(before.id, [field]);
  }
  return null;
}

/** Sets a step's config; connections that leave by a case that is gone go with it. */
export function setConfig(root: Graph, id: string, config: JsonObject, world: World): Graph {
  const before = nodeById(root, id);
  if (!before || before.config === config) return root;
  const after = { ...before, config };
  const gone = new Set(portsOf(before, world.types, world.shapes).map((p) => p.name));
  for (const port of portsOf(after, world.types, world.shapes)) gone.delete(port.name);
  gone.delete(ERROR_PORT);
  return editAt(root, homeOf(root, id), (graph) => {
    const nodes = graph.nodes.map((n) => (n.id === id ? after : n));
    if (gone.size === 0) return { ...graph, nodes };
    return { nodes, edges: graph.edges.filter((e) => e.source !== id || !gone.has(e.port)) };
  });
}

export function setField(
  root: Graph,
  id: string,
  field: string,
  value: Json | undefined,
  world: World,
): Graph {
  const node = nodeById(root, id);
  if (!node) return root;
  const { [field]: old, ...rest } = node.config;
  if (old === value) return root;
  return setConfig(root, id, value === undefined ? rest : { ...node.config, [field]: value }, world);
}

export const setTitle = (root: Graph, id: string, title: string): Graph =>
  editStep(root, id, (node) => ({ ...node, title }));

export const setPolicy = (root: Graph, id: string, policy: GraphNode["policy"]): Graph =>
  editStep(root, id, (node) => ({ ...node, policy }));

/** Moves steps to places on the canvas. A frame follows what is moved in it, and what is in a frame goes with it. */
export function moveSteps(root: Graph, places: Places, world: World): Graph {
  const boxes = boxesOf(root, world);
  let next = root;
  for (const { home, ids } of byHome(root, places.keys())) {
    const moved = editAt(next, home, (graph) => {
      let changed = false;
      const nodes = graph.nodes.map((n) => {
        const [from, to] = [boxes.get(n.id), places.get(n.id)];
        if (!ids.has(n.id) || !from || !to) return n;
        const position = {
          x: Math.round(n.position.x + to.x - from.x),
          y: Math.round(n.position.y + to.y - from.y),
        };
        if (position.x === n.position.x && position.y === n.position.y) return n;
        changed = true;
        return { ...n, position };
      });
      return changed ? { ...graph, nodes } : graph;
    });
    if (moved !== next) next = makeRoom(next, moved, home, world, true);
  }
  return next;
}

/** Removes steps, and what they hold. Where one stood alone in a chain, its neighbours are joined: the path stays whole. */
export function removeSteps(root: Graph, ids: ReadonlySet<string>): Graph {
  let next = root;
  for (const group of byHome(root, ids)) {
    next = editAt(next, group.home, (graph) => removeFrom(graph, group.ids));
  }
  return next;
}

function removeFrom(graph: Graph, ids: ReadonlySet<string>): Graph {
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

export function removeEdges(root: Graph, ids: ReadonlySet<string>): Graph {
  if (ids.size === 0) return root;
  const without = (graph: Graph): Graph => {
    const edges = graph.edges.filter((e) => !ids.has(edgeId(e)));
    const nodes = graph.nodes.map((n) => {
      const body = n.body && without(n.body);
      return body === n.body ? n : { ...n, body };
    });
    const isSame = edges.length === graph.edges.length && nodes.every((n, i) => n === graph.nodes[i]);
    return isSame ? graph : { nodes, edges };
  };
  return without(root);
}

export function connect(root: Graph, edge: GraphEdge): Graph {
  return editAt(root, homeOf(root, edge.source), (graph) =>
    graph.edges.some((e) => edgeId(e) === edgeId(edge)) ? graph : { ...graph, edges: [...graph.edges, edge] },
  );
}

/** Adds copies of `piece` to the graph at `home`: new ids (`names`) at every depth, refs among them follow. */
export function addCopies(
  root: Graph,
  home: Home,
  piece: Graph,
  offset: Point,
  world: World,
): { graph: Graph; ids: string[]; names: ReadonlyMap<string, string> } {
  const begins = (n: GraphNode) => startsRun(world.types.get(n.type));
  const mayBegin = home.length === 0 && !hasStart(root, world.types);
  const copied: Graph = { ...piece, nodes: piece.nodes.filter((n) => !begins(n) || mayBegin) };
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const name = ({ nodes }: Graph) => {
    for (const n of nodes) {
      const id = nextId(root, n.type, taken);
      names.set(n.id, id);
      taken.add(id);
      name(bodyOf(n));
    }
  };
  name(copied);
  const copies = renamed(copied, names);
  const placed = copies.nodes.map((n) => ({
    ...n,
    position: { x: n.position.x + offset.x, y: n.position.y + offset.y },
  }));
  const added = editAt(root, home, (graph) => ({
    nodes: [...graph.nodes, ...placed],
    edges: [...graph.edges, ...copies.edges],
  }));
  return { graph: makeRoom(root, added, home, world), ids: placed.map((n) => n.id), names };
}

/** The same graph with other ids; refs and connections follow, and those to what was left out are gone. */
function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  return {
    nodes: graph.nodes.map((n) => ({
      ...n,
      id: names.get(n.id) ?? n.id,
      config: renameRefs(n.config, names),
      body: n.body && renamed(n.body, names),
    })),
    edges: graph.edges.flatMap((e) => {
      const source = names.get(e.source);
      const target = names.get(e.target);
      return source && target ? [{ source, port: e.port, target }] : [];
    }),
  };
}

/** The steps with these ids, wherever they lie, and the connections among them. */
export function pieceOf(root: Graph, ids: Iterable<string>): Graph {
  const piece: Graph = { nodes: [], edges: [] };
  for (const group of byHome(root, ids)) {
    const graph = graphAt(root, group.home);
    piece.nodes.push(...graph.nodes.filter((n) => group.ids.has(n.id)));
    piece.edges.push(...graph.edges.filter((e) => group.ids.has(e.source) && group.ids.has(e.target)));
  }
  return piece;
}

/** Where copies go: beside the selected step, or into it when it is an empty frame. */
export function homeForCopies(root: Graph, selection: readonly string[], types: StepTypes): Home {
  const [id] = selection;
  const node = id === undefined ? undefined : nodeById(root, id);
  if (!node) return TOP;
  const home = homeOf(root, node.id);
  const isOpen =
    selection.length === 1 && holdsSteps(types.get(node.type)) && bodyOf(node).nodes.length === 0;
  return isOpen ? [...home, node.id] : home;
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

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
