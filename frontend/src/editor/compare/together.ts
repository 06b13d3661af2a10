/** Two states of an app in one drawing: what is there now, and where they stood the steps that are gone. */

import type { Graph, GraphEdge, GraphNode, Port, Shapes } from "@/api/types";
import { notesOf } from "@/flow-kit/beside";
import { sizeOf } from "@/flow-kit/frames";
import { type Box, freeSpot } from "@/flow-kit/geometry";
import { ERROR_PORT, edgeId, nodeById } from "@/flow-kit/graph";
import { casesField, portsOf, type World } from "@/flow-kit/stepTypes";
import { bodyOf } from "@/flow-kit/tree";

export interface Together {
  readonly graph: Graph;
  /** With the ways out that connections of either state leave by. */
  readonly shapes: Shapes;
  /** Ids of the connections that are in one of the two only. */
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** `world.shapes` are those of whichever state has them; what a version's steps gave is not kept. */
export function together(before: Graph, now: Graph, { types, shapes }: World): Together {
  const added = new Set<string>();
  const removed = new Set<string>();
  const known: Shapes = { ...shapes };

  const join = (old: Graph, graph: Graph): Graph => {
    const nodes = graph.nodes.map((node) => {
      if (!node.body) return node;
      const body = join(bodyOf(nodeById(before, node.id)), node.body);
      return { ...node, body };
    });
    const gone = old.nodes.filter(({ id }) => !nodeById(now, id)).map((node) => withoutMoved(node, now));
    const ids = new Set([...nodes, ...gone].map(({ id }) => id));
    const was = new Set(old.edges.map(edgeId));
    const is = new Set(graph.edges.map(edgeId));
    const lost = old.edges.filter((e) => !is.has(edgeId(e)) && ids.has(e.source) && ids.has(e.target));
    const edges = [...graph.edges, ...lost];
    for (const node of [...nodes, ...gone]) known[node.id] = withWaysOut(node, edges);
    // What a deciding step's cases do not name has no place on its card to leave from.
    const drawn = edges.filter((e) => hasWayOut(e, [...nodes, ...gone]));
    for (const e of drawn) {
      if (!is.has(edgeId(e))) removed.add(edgeId(e));
      else if (!was.has(edgeId(e))) added.add(edgeId(e));
    }
    const joined = { ...graph, nodes: [...nodes, ...gone], edges: drawn };
    return { ...joined, nodes: [...nodes, ...placed(gone, nodes, joined, { types, shapes: known })] };
  };

  const withWaysOut = (node: GraphNode, edges: readonly GraphEdge[]): Shapes[string] => {
    const ports = portsOf(node, types, known);
    const names = new Set([ERROR_PORT, ...ports.map(({ name }) => name)]);
    const left = edges.filter(({ source, port }) => source === node.id && !names.has(port));
    const more = [...new Set(left.map(({ port }) => port))].map((name): Port => ({ name, title: "" }));
    return { output: {}, own: {}, ...known[node.id], ports: [...ports, ...more] };
  };
  const hasWayOut = ({ source, port }: GraphEdge, nodes: readonly GraphNode[]): boolean => {
    const node = nodes.find(({ id }) => id === source);
    const type = node && types.get(node.type);
    if (!node || !type || !casesField(type) || port === ERROR_PORT) return true;
    return portsOf(node, types, known).some(({ name }) => name === port);
  };

  const there = new Set(notesOf(now).map(({ id }) => id));
  const notes = [...notesOf(now), ...notesOf(before).filter(({ id }) => !there.has(id))];
  return { graph: { ...join(before, now), notes }, shapes: known, added, removed };
}

/** A step that is gone, without what it held and is elsewhere now. */
function withoutMoved(node: GraphNode, now: Graph): GraphNode {
  if (!node.body) return node;
  const nodes = node.body.nodes.filter(({ id }) => !nodeById(now, id)).map((one) => withoutMoved(one, now));
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = node.body.edges.filter((e) => ids.has(e.source) && ids.has(e.target));
  return { ...node, body: { ...node.body, nodes, edges } };
}

/** The steps that are gone, where they stood or as near as nothing else stands now. */
function placed(
  gone: readonly GraphNode[],
  there: readonly GraphNode[],
  graph: Graph,
  world: World,
): GraphNode[] {
  const boxOf = (node: GraphNode): Box => ({ ...node.position, ...sizeOf(graph, node, world) });
  const taken = there.map(boxOf);
  return gone.map((node) => {
    const box = boxOf(node);
    const position = freeSpot(box, taken);
    taken.push({ ...box, ...position });
    return { ...node, position };
  });
}
