/** Graph JSON to what the canvas draws. Pure but for a memory of the last drawing, which keeps unchanged parts identical. */

import { catalogue } from "@/api/endpoints";
import type { Graph, GraphNode, Problem, Shapes } from "@/api/types";
import { ERROR_PORT, edgeId, edgesInto, edgesOutOf, nodeById, readingOrder } from "@/flow-kit/graph";
import {
  type ConnectionFlowEdge,
  INPUT,
  type PortView,
  type StepFlowNode,
  type StepView,
  sized,
} from "@/flow-kit/sized";
import { groupOf, portsOf, type StepTypes, startsRun, titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { type SentenceWords, sentenceOf } from "./sentence";

/** The catalogue's words around a drawing. */
export interface FlowWords extends SentenceWords {
  port(name: string, index: number): string;
  problem(problem: Problem): string;
  label(of: {
    title: string;
    number: number;
    count: number;
    group: string;
    after: readonly string[];
    before: readonly string[];
    problem: string;
  }): string;
  connection(from: string, path: string, to: string): string;
}

export interface Drawing {
  readonly graph: Graph;
  readonly types: StepTypes;
  readonly shapes: Shapes;
  readonly problems: readonly Problem[];
  readonly language: string;
  readonly words: FlowWords;
}

/** The ways out a card shows: the step's own, and the one for failures where it is used. */
export function portViews(node: GraphNode, drawing: Drawing): PortView[] {
  const { graph, types, shapes, language, words } = drawing;
  const type = types.get(node.type);
  const leaving = new Set(edgesOutOf(graph, node.id).map((e) => e.port));
  const own = portsOf(node, types, shapes);
  const ports = leaving.has(ERROR_PORT) ? [...own, { name: ERROR_PORT, title: "" }] : own;
  return ports.map(({ name, title }, i) => ({
    name,
    title: (type && wordsOf(type, language).port(name)) || title || words.port(name, i),
    isConnected: leaving.has(name),
  }));
}

/** The views of all steps, and the connections. Selection and places come later: they change far more often. */
export function draw(drawing: Drawing, before?: DrawnFlow): DrawnFlow {
  const { graph, types, language, words, problems } = drawing;
  const title = (id: string) => {
    const node = nodeById(graph, id);
    return node ? titleOf(node, types, language) : id;
  };
  const problemOf = new Map<string, Problem>();
  for (const p of problems) {
    if (p.node && (!problemOf.has(p.node) || p.severity === "error")) problemOf.set(p.node, p);
  }
  const number = new Map(
    readingOrder(graph, (n) => startsRun(types.get(n.type))).map((id, i) => [id, i + 1]),
  );
  const views = new Map<string, StepView>();
  for (const node of graph.nodes) {
    const type = types.get(node.type);
    const found = problemOf.get(node.id);
    const problem = found ? words.problem(found) : "";
    const view: StepView = {
      title: title(node.id),
      sentence: type ? sentenceOf(node, type, language, words) : "",
      group: groupOf(type),
      icon: type?.has_icon ? catalogue.iconUrl(node.type) : "",
      ports: portViews(node, drawing),
      takesInput: !startsRun(type),
      problem,
      label: words.label({
        title: title(node.id),
        number: number.get(node.id) ?? 0,
        count: graph.nodes.length,
        group: groupOf(type),
        after: edgesInto(graph, node.id).map((e) => title(e.source)),
        before: edgesOutOf(graph, node.id).map((e) => title(e.target)),
        problem,
      }),
    };
    const old = before?.views.get(node.id);
    views.set(node.id, old && sameView(old, view) ? old : view);
  }
  const edges = graph.edges.map((edge): ConnectionFlowEdge => {
    const id = edgeId(edge);
    const path = views.get(edge.source)?.ports.find((p) => p.name === edge.port);
    const several = (views.get(edge.source)?.ports.length ?? 0) > 1;
    const ariaLabel = words.connection(
      title(edge.source),
      several ? (path?.title ?? "") : "",
      title(edge.target),
    );
    const old = before?.edges.get(id);
    if (old && old.ariaLabel === ariaLabel) return old;
    return {
      id,
      type: "connection",
      source: edge.source,
      sourceHandle: edge.port,
      target: edge.target,
      targetHandle: INPUT,
      ariaLabel,
    };
  });
  return { views, edges: new Map(edges.map((e) => [e.id, e])) };
}

export interface DrawnFlow {
  readonly views: ReadonlyMap<string, StepView>;
  readonly edges: ReadonlyMap<string, ConnectionFlowEdge>;
}

/** React Flow nodes for the drawn steps; those whose view, place and state are as before are the same objects. */
export function placeSteps(
  graph: Graph,
  views: DrawnFlow["views"],
  state: { selection: readonly string[]; moving: ReadonlyMap<string, { x: number; y: number }> },
  before: ReadonlyMap<string, StepFlowNode>,
): StepFlowNode[] {
  const selected = new Set(state.selection);
  return graph.nodes.flatMap((node) => {
    const view = views.get(node.id);
    if (!view) return [];
    const position = state.moving.get(node.id) ?? node.position;
    const isSelected = selected.has(node.id);
    const old = before.get(node.id);
    const isSame =
      old &&
      old.data.view === view &&
      old.selected === isSelected &&
      old.position.x === position.x &&
      old.position.y === position.y;
    return [isSame ? old : sized(node.id, position, view, isSelected)];
  });
}

function sameView(a: StepView, b: StepView): boolean {
  return (
    a.title === b.title &&
    a.sentence === b.sentence &&
    a.label === b.label &&
    a.problem === b.problem &&
    a.group === b.group &&
    a.icon === b.icon &&
    a.takesInput === b.takesInput &&
    a.ports.length === b.ports.length &&
    a.ports.every((p, i) => {
      const q = b.ports[i];
      return q !== undefined && p.name === q.name && p.title === q.title && p.isConnected === q.isConnected;
    })
  );
}
