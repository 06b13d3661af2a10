/**
 * What can be asked of a workflow graph. Nothing here changes one. Ids are unique over the whole workflow, so what asks
 * by id finds a step at any depth; `order` and `readingOrder` are about one graph.
 */

import type { Graph, GraphEdge, GraphNode } from "@/api/types";

/** The way out that is always legal: where a step goes when it has failed for good. */
export const ERROR_PORT = "error";
export const OUT_PORT = "out";

export const edgeId = (edge: GraphEdge): string => `${edge.source}.${edge.port}>${edge.target}`;

export function nodeById(graph: Graph, id: string): GraphNode | undefined {
  return indexOf(graph).nodes.get(id);
}

/** A connection by its id, at any depth. */
export function findEdge(graph: Graph, id: string): GraphEdge | undefined {
  const source = id.slice(0, id.indexOf("."));
  return edgesOutOf(graph, source).find((e) => edgeId(e) === id);
}

export const edgesInto = (graph: Graph, id: string): readonly GraphEdge[] =>
  indexOf(graph).into.get(id) ?? [];
export const edgesOutOf = (graph: Graph, id: string): readonly GraphEdge[] =>
  indexOf(graph).outOf.get(id) ?? [];

/** Does the step go on by the way for failures? A connection leaves there, or its policy says that one will. */
export const usesErrorPort = (graph: Graph, node: GraphNode): boolean =>
  node.policy.on_error === "port" || edgesOutOf(graph, node.id).some((e) => e.port === ERROR_PORT);

/** Everything that can be reached against the arrows from `id`, nearest first, with its distance in steps. */
export function upstream(graph: Graph, id: string): Map<string, number> {
  return reach(id, (at) => edgesInto(graph, at).map((e) => e.source));
}

/** Everything that can be reached along the arrows from `id`, nearest first. */
export function downstream(graph: Graph, id: string): Map<string, number> {
  return reach(id, (at) => edgesOutOf(graph, at).map((e) => e.target));
}

/** Would an arrow from `source` to `target` close a circle? */
export function wouldCycle(graph: Graph, source: string, target: string): boolean {
  return source === target || downstream(graph, target).has(source);
}

/** Node ids in topological order, ties by id; a node on a circle comes last. Same order as `nodes.sdk.graph.order`. */
export function order(graph: Graph): string[] {
  const waiting = new Map(graph.nodes.map((n) => [n.id, edgesInto(graph, n.id).length]));
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  ready.sort();
  const done: string[] = [];
  while (ready.length > 0) {
    const id = ready.shift() as string;
    done.push(id);
    for (const { target } of edgesOutOf(graph, id)) {
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) insertSorted(ready, target);
    }
  }
  if (done.length < graph.nodes.length) {
    const seen = new Set(done);
    done.push(...graph.nodes.map((n) => n.id).filter((id) => !seen.has(id)));
  }
  return done;
}

/** The order in which a person reads the steps: what follows a beginning first, what stands alone at the end. */
export function readingOrder(graph: Graph, begins: (node: GraphNode) => boolean): string[] {
  const told = new Set<string>();
  for (const node of graph.nodes) {
    if (!begins(node)) continue;
    told.add(node.id);
    for (const id of downstream(graph, node.id).keys()) told.add(id);
  }
  const ids = order(graph);
  return [...ids.filter((id) => told.has(id)), ...ids.filter((id) => !told.has(id))];
}

interface GraphIndex {
  nodes: Map<string, GraphNode>;
  /** The ids of the steps around each step, the outermost first. */
  homes: Map<string, readonly string[]>;
  into: Map<string, GraphEdge[]>;
  outOf: Map<string, GraphEdge[]>;
}

// A graph is never changed in place, so an index made once stays true.
const indexes = new WeakMap<Graph, GraphIndex>();

/** Of the graph and all graphs inside it. */
export function indexOf(graph: Graph): GraphIndex {
  let index = indexes.get(graph);
  if (!index) {
    index = { nodes: new Map(), homes: new Map(), into: new Map(), outOf: new Map() };
    collect(graph, [], index);
    indexes.set(graph, index);
  }
  return index;
}

function collect(graph: Graph, home: readonly string[], index: GraphIndex): void {
  for (const node of graph.nodes) {
    index.nodes.set(node.id, node);
    index.homes.set(node.id, home);
    if (node.body) collect(node.body, [...home, node.id], index);
  }
  for (const edge of graph.edges) {
    append(index.into, edge.target, edge);
    append(index.outOf, edge.source, edge);
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function reach(from: string, next: (id: string) => string[]): Map<string, number> {
  const distance = new Map<string, number>();
  let rim = [from];
  for (let d = 1; rim.length > 0; d++) {
    const following: string[] = [];
    for (const id of rim) {
      for (const other of next(id)) {
        if (distance.has(other)) continue;
        distance.set(other, d);
        following.push(other);
      }
    }
    rim = following;
  }
  return distance;
}

function insertSorted(ids: string[], id: string): void {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  ids.splice(low, 0, id);
}
