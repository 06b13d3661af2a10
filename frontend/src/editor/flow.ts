/** Graph JSON to what the canvas draws. Pure but for a memory of the last drawing, which keeps unchanged parts identical. */

import { catalogue } from "@/api/endpoints";
import type { Graph, GraphEdge, GraphNode, Policy, Problem } from "@/api/types";
import { stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf, type Places } from "@/flow-kit/frames";
import { LINE_Y } from "@/flow-kit/geometry";
import {
  ERROR_PORT,
  edgeId,
  edgesInto,
  edgesOutOf,
  nodeById,
  readingOrder,
  usesErrorPort,
} from "@/flow-kit/graph";
import { Later } from "@/flow-kit/later";
import {
  type ConnectionFlowEdge,
  INPUT,
  type PortView,
  type StepFlowNode,
  type StepView,
  sized,
} from "@/flow-kit/sized";
import { groupOf, isFrame, portsOf, startsRun, titleOf, type World, wordsOf } from "@/flow-kit/stepTypes";
import { bodyOf, homeOf } from "@/flow-kit/tree";
import { beginningsOf } from "./edits";
import { type SentenceWords, sentenceOf } from "./sentence";

/** The catalogue's words around a drawing. */
export interface FlowWords extends SentenceWords {
  port(name: string, index: number): string;
  problem(problem: Problem): string;
  label(of: {
    title: string;
    number: number;
    count: number;
    /** The title of the step that lies around it, if any. */
    around: string;
    /** How many steps it holds; null for one that never does. */
    holds: number | null;
    group: string;
    after: readonly string[];
    before: readonly string[];
    problem: string;
    policy: string;
    isPinned: boolean;
    inGroup: string | null;
  }): string;
  /** What happens when a step fails, in a few words; "" where nothing is said. */
  policy(policy: Policy): string;
  connection(from: string, path: string, to: string): string;
}

export interface Drawing extends World {
  readonly graph: Graph;
  readonly problems: readonly Problem[];
  /** The steps that have sample data. */
  readonly pinned?: ReadonlySet<string>;
  readonly language: string;
  readonly words: FlowWords;
}

/** The ways out a card shows: the step's own, and the one for failures where it is used. */
export function portViews(node: GraphNode, drawing: Drawing): PortView[] {
  const { graph, types, shapes, language, words } = drawing;
  const type = types.get(node.type);
  const leaving = new Set(edgesOutOf(graph, node.id).map((e) => e.port));
  const own = portsOf(node, types, shapes);
  const ports = usesErrorPort(graph, node) ? [...own, { name: ERROR_PORT, title: "" }] : own;
  return ports.map(({ name, title }, i) => ({
    name,
    title: (type && wordsOf(type, language).port(name)) || title || words.port(name, i),
    isConnected: leaving.has(name),
  }));
}

/**
 * The views of all steps, and the connections. Selection and places come later: they change far more often.
 *
 * What is said of them is worked out when it is read, so that an app of a thousand steps opens as soon as the few are
 * known that are on screen.
 */
export function draw(drawing: Drawing, before?: DrawnFlow): DrawnFlow {
  const { graph: root, types, language, words, problems, pinned } = drawing;
  const title = (id: string) => {
    const node = nodeById(root, id);
    return node ? titleOf(node, types, language) : id;
  };
  const problemOf = new Map<string, Problem>();
  for (const p of problems) {
    if (p.node && (!problemOf.has(p.node) || p.severity === "error")) problemOf.set(p.node, p);
  }
  const groupNames = new Map(stepGroupsOf(root).flatMap((g) => g.nodes.map((id) => [id, g.title] as const)));
  const views = new Map<string, ToldStepView>();
  const edges = new Map<string, ConnectionFlowEdge>();

  const drawStep = (graph: Graph, node: GraphNode, number: number, around: string) => {
    const type = types.get(node.type);
    const found = problemOf.get(node.id);
    const isEmpty = bodyOf(node).nodes.length === 0;
    const seen: SeenStep = {
      title: title(node.id),
      group: groupOf(type),
      icon: type?.has_icon ? catalogue.iconUrl(node.type) : "",
      ports: portViews(node, drawing),
      takesInput: !startsRun(type),
      problem: found ? words.problem(found) : "",
      policy: words.policy(node.policy),
      isPinned: pinned?.has(node.id) ?? false,
      inGroup: groupNames.get(node.id) ?? null,
      frame: isFrame(node, types) ? (isEmpty ? "empty" : "filled") : "",
    };
    const sentence = () => (type ? sentenceOf(node, type, language, words) : "");
    const label = () =>
      words.label({
        ...seen,
        number,
        count: graph.nodes.length,
        around,
        holds: isFrame(node, types) ? bodyOf(node).nodes.length : null,
        after: edgesInto(root, node.id).map((e) => title(e.source)),
        before: edgesOutOf(root, node.id).map((e) => title(e.target)),
      });
    const old = before?.views.get(node.id);
    const isSame =
      old && sameStep(old, seen) && old.told.sentence.isStill(sentence) && old.told.label.isStill(label);
    views.set(node.id, isSame ? old : told(seen, new Later(sentence), new Later(label)));
  };

  const drawEdge = (edge: GraphEdge, depth: number) => {
    const id = edgeId(edge);
    const path = views.get(edge.source)?.ports.find((p) => p.name === edge.port);
    const several = (views.get(edge.source)?.ports.length ?? 0) > 1;
    const label = () =>
      words.connection(title(edge.source), several ? (path?.title ?? "") : "", title(edge.target));
    const old = before?.edges.get(id);
    // The depth puts it above the frames that the two steps lie in.
    const isSame = old && old.zIndex === depth && old.data?.label.isStill(label);
    edges.set(id, isSame ? old : connection(id, edge, depth, new Later(label)));
  };

  const drawGraph = (graph: Graph, depth: number, around: string) => {
    const inOrder = readingOrder(graph, (n) => startsRun(types.get(n.type)));
    const number = new Map(inOrder.map((id, i) => [id, i + 1]));
    for (const node of graph.nodes) {
      drawStep(graph, node, number.get(node.id) ?? 0, around);
      if (node.body) drawGraph(node.body, depth + 1, title(node.id));
    }
    for (const edge of graph.edges) drawEdge(edge, depth);
  };
  drawGraph(root, 0, "");
  return { views, edges };
}

type SeenStep = Omit<StepView, "sentence" | "label">;

/** What is said of a step is kept with it, to tell whether another drawing would say the same. */
interface ToldStepView extends StepView {
  readonly told: { readonly sentence: Later<string>; readonly label: Later<string> };
}

const told = (seen: SeenStep, sentence: Later<string>, label: Later<string>): ToldStepView => ({
  ...seen,
  told: { sentence, label },
  get sentence() {
    return sentence.value;
  },
  get label() {
    return label.value;
  },
});

const connection = (
  id: string,
  edge: GraphEdge,
  depth: number,
  label: Later<string>,
): ConnectionFlowEdge => ({
  id,
  type: "connection",
  source: edge.source,
  sourceHandle: edge.port,
  target: edge.target,
  targetHandle: INPUT,
  data: { label },
  zIndex: depth,
  get ariaLabel() {
    return label.value;
  },
});

export interface DrawnFlow {
  readonly views: ReadonlyMap<string, ToldStepView>;
  readonly edges: ReadonlyMap<string, ConnectionFlowEdge>;
}

/** React Flow nodes for the drawn steps; those whose view, place and state are as before are the same objects. */
export function placeSteps(
  root: Graph,
  views: DrawnFlow["views"],
  state: { selection: readonly string[]; moving: Places; world: World },
  before: ReadonlyMap<string, StepFlowNode>,
): StepFlowNode[] {
  const selected = new Set(state.selection);
  const boxes = boxesOf(root, state.world, state.moving);
  return [...boxes].flatMap(([id, box]) => {
    const view = views.get(id);
    if (!view) return [];
    const depth = homeOf(root, id).length;
    const isSelected = selected.has(id);
    const first = beginningsOf(bodyOf(nodeById(root, id)))[0];
    const begin = first ? (boxes.get(first.id)?.y ?? 0) + LINE_Y - box.y : 0;
    const old = before.get(id);
    const isSame =
      old &&
      old.data.view === view &&
      old.selected === isSelected &&
      old.data.begin === begin &&
      old.zIndex === depth &&
      old.position.x === box.x &&
      old.position.y === box.y &&
      old.width === box.width &&
      old.height === box.height;
    return [isSame ? old : sized(id, box, view, isSelected, depth, begin)];
  });
}

function sameStep(a: SeenStep, b: SeenStep): boolean {
  return (
    a.title === b.title &&
    a.problem === b.problem &&
    a.policy === b.policy &&
    a.isPinned === b.isPinned &&
    a.inGroup === b.inGroup &&
    a.group === b.group &&
    a.icon === b.icon &&
    a.frame === b.frame &&
    a.takesInput === b.takesInput &&
    a.ports.length === b.ports.length &&
    a.ports.every((p, i) => {
      const q = b.ports[i];
      return q !== undefined && p.name === q.name && p.title === q.title && p.isConnected === q.isConnected;
    })
  );
}
