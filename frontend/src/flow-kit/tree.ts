/** A workflow is a tree of graphs: a step may hold a graph of its own. Here is how to find and change one of them. */

import type { Graph, GraphNode } from "@/api/types";
import { indexOf, nodeById, readingOrder } from "./graph";

/** Where a graph lies in its workflow: the ids of the steps around it, the outermost first. */
export type Home = readonly string[];

/** The home of the workflow's own graph. */
export const TOP: Home = [];
/** So many graphs may lie inside each other; the server refuses more. */
export const DEEPEST = 8;

const EMPTY: Graph = { nodes: [], edges: [] };

/** The steps inside a step; none for a step that holds none. */
export const bodyOf = (node: GraphNode | undefined): Graph => node?.body ?? EMPTY;

/** Where a step lies. */
export const homeOf = (root: Graph, id: string): Home => indexOf(root).homes.get(id) ?? TOP;

export const graphAt = (root: Graph, home: Home): Graph => {
  const container = home.at(-1);
  return container === undefined ? root : bodyOf(nodeById(root, container));
};

/** The graph a step lies in. */
export const graphOf = (root: Graph, id: string): Graph => graphAt(root, homeOf(root, id));

/** Does the step lie in `container`, however deep? */
export const isInside = (root: Graph, id: string, container: string): boolean =>
  homeOf(root, id).includes(container);

/** All steps of the workflow; one that holds steps comes before them. */
export const stepsIn = (root: Graph): Iterable<GraphNode> => indexOf(root).nodes.values();

/** The same in the order in which a person reads them. */
export const stepsAsRead = (graph: Graph, begins: (node: GraphNode) => boolean): GraphNode[] =>
  readingOrder(graph, begins).flatMap((id) => {
    const node = nodeById(graph, id);
    return node ? [node, ...stepsAsRead(bodyOf(node), begins)] : [];
  });

/** The workflow with one of its graphs changed; what lies elsewhere keeps its identity. */
export function editAt(root: Graph, home: Home, change: (graph: Graph) => Graph): Graph {
  const [outermost, ...rest] = home;
  if (outermost === undefined) {
    const next = change(root);
    // What the workflow says besides its steps, such as what it remembers, stays whatever becomes of them.
    return next === root ? root : { ...root, ...next };
  }
  return editNode(root, outermost, (node) => {
    const before = bodyOf(node);
    const body = editAt(before, rest, change);
    return body === before ? node : { ...node, body };
  });
}

/** The workflow with one step changed, wherever it lies. */
export const editStep = (root: Graph, id: string, change: (node: GraphNode) => GraphNode): Graph =>
  editAt(root, homeOf(root, id), (graph) => editNode(graph, id, change));

function editNode(graph: Graph, id: string, change: (node: GraphNode) => GraphNode): Graph {
  let changed = false;
  const nodes = graph.nodes.map((node) => {
    if (node.id !== id) return node;
    const next = change(node);
    if (next !== node) changed = true;
    return next;
  });
  return changed ? { ...graph, nodes } : graph;
}

/** The given steps by the graph they lie in, without those that lie inside another of them. */
export function byHome(root: Graph, ids: Iterable<string>): { home: Home; ids: Set<string> }[] {
  const wanted = new Set(ids);
  const found = new Map<string, { home: Home; ids: Set<string> }>();
  for (const id of wanted) {
    if (!nodeById(root, id)) continue;
    const home = homeOf(root, id);
    if (home.some((container) => wanted.has(container))) continue;
    const key = home.join("/");
    const group = found.get(key);
    if (group) group.ids.add(id);
    else found.set(key, { home, ids: new Set([id]) });
  }
  return [...found.values()];
}

/** How many graphs lie inside each other in a step: 0 for one that holds none. */
export const depthOf = (node: GraphNode): number =>
  node.body ? 1 + Math.max(0, ...node.body.nodes.map(depthOf)) : 0;
