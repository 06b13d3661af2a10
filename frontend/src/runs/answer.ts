/** The answer as far as it is certain while a draft runs. The public stream folds the same on the server. */

import type { Graph, GraphNode, Json, Shapes } from "@/api/types";
import { ERROR_PORT, edgesInto, edgesOutOf, nodeById, order } from "@/flow-kit/graph";
import { portsOf, type StepTypes, startsRun } from "@/flow-kit/stepTypes";
import { parseTemplate } from "@/forms/template/syntax";
import type { RunState, StepRun } from "./fold";

export interface AnswerPlan {
  readonly graph: Graph;
  readonly types: StepTypes;
  readonly shapes: Shapes;
}

export type Fate = "runs" | "skipped" | "open";

/** Text, and whether that is all there will be. */
interface Known {
  readonly text: string;
  readonly isWhole: boolean;
}

/** One graph at one place of a run: the app itself, or a pass over the steps inside one. */
interface Place {
  readonly graph: Graph;
  readonly prefix: string;
  /** The place around it, the step whose inside it is, and which pass this is. */
  readonly around: { readonly place: Place; readonly id: string; readonly turn: number } | null;
  /** "fragile": something may end it while the run goes on. "over": what has not left never will. */
  readonly mood: "firm" | "fragile" | "over";
}

const BETWEEN = "\n\n";

/**
 * The answers in topological order, joined by a blank line. A skipped one adds nothing; an undecided one holds back
 * itself and the later ones. Text flows as it comes from a step that is at work, if no filter stands between. A step
 * with answers inside speaks at its own place, pass after pass.
 */
export function answerSoFar(plan: AnswerPlan, run: RunState): string {
  if (run.answer !== null) return run.answer;
  return speak(plan, run, { graph: plan.graph, prefix: "", around: null, mood: "firm" }).text;
}

function speak(plan: AnswerPlan, run: RunState, place: Place): Known {
  const { graph, prefix, mood } = place;
  const fates = fatesOf({ ...plan, graph }, (id) => run.steps[prefix + id]);
  const parts: string[] = [];
  const whole = () => ({ text: parts.join(BETWEEN), isWhole: true });
  for (const id of order(graph)) {
    const node = nodeById(graph, id);
    if (!node) continue;
    const step = run.steps[prefix + id];
    const field = plan.types.get(node.type)?.answers;
    const isInside = node.body !== null && some(node.body, (n) => Boolean(plan.types.get(n.type)?.answers));
    if (!field && !isInside) continue;
    const fate = fates.get(id);
    if (fate === "skipped") continue;
    const hasLeft = leftBy(step) !== null;
    if (isInside) {
      const text = passes(plan, run, place, node);
      if (text) parts.push(text);
      if (!hasLeft && mood !== "over") return { ...whole(), isWhole: false };
      continue;
    }
    if (!field || step?.status === "failed" || (mood === "over" && !hasLeft)) continue;
    if (fate === "open" || (mood === "fragile" && !hasLeft)) return { ...whole(), isWhole: false };
    const { text, isWhole } = said(node, field, plan, run, place);
    if (text) parts.push(text);
    if (!isWhole) return { ...whole(), isWhole: false };
  }
  return whole();
}

/** What the passes over the steps inside may say, in their order. Of one that failed and was set aside: nothing. */
function passes(plan: AnswerPlan, run: RunState, up: Place, node: GraphNode): string {
  const path = up.prefix + node.id;
  const graph = node.body;
  const rounds = run.rounds[path];
  if (!graph || !rounds) return "";
  const setsAside = "on_error" in node.config && node.config.on_error !== "stop";
  const mayEndEarly =
    node.policy.on_error === "default" ||
    edgesOutOf(up.graph, node.id).some((e) => e.port === ERROR_PORT) ||
    some(graph, (n) => Boolean(plan.types.get(n.type)?.ends_loop));
  const isOver = up.mood === "over" || leftBy(run.steps[path]) !== null;
  const parts: string[] = [];
  for (let turn = 0; turn < rounds.count; turn++) {
    const prefix = `${path}[${turn}].`;
    if (setsAside) {
      if (rounds.failed.includes(turn)) continue;
      const fates = fatesOf({ ...plan, graph }, (id) => run.steps[prefix + id]);
      const isDone = graph.nodes.every(
        (n) => leftBy(run.steps[prefix + n.id]) !== null || fates.get(n.id) === "skipped",
      );
      if (!isDone && isOver) continue;
      if (!isDone) break;
    }
    const mood = isOver ? "over" : mayEndEarly ? "fragile" : up.mood;
    const around = { place: up, id: node.id, turn };
    const { text, isWhole } = speak(plan, run, { graph, prefix, around, mood });
    if (text) parts.push(text);
    if (!isWhole) break;
  }
  return parts.join(BETWEEN);
}

/** Is there such a step in the graph, at any depth? */
function some(graph: Graph, holds: (node: GraphNode) => boolean): boolean {
  return graph.nodes.some((n) => holds(n) || (n.body !== null && some(n.body, holds)));
}

function said(node: GraphNode, field: string, plan: AnswerPlan, run: RunState, place: Place): Known {
  const started = run.steps[place.prefix + node.id]?.input;
  const final =
    started && typeof started === "object" && !Array.isArray(started) ? started[field] : undefined;
  if (final !== undefined) return { text: asText(final), isWhole: true };
  const template = node.config[field];
  let text = "";
  for (const segment of parseTemplate(typeof template === "string" ? template : "")) {
    if (segment.kind === "text") {
      text += segment.text;
      continue;
    }
    if (segment.filters) return { text, isWhole: false };
    const told = ofThePass(run, place, segment.node, segment.path);
    if (told !== undefined) {
      text += asText(told);
      continue;
    }
    let home: Place | null = place;
    while (home && !nodeById(home.graph, segment.node)) home = home.around?.place ?? null;
    const step = home ? run.steps[home.prefix + segment.node] : undefined;
    if (!home || !step) return { text, isWhole: false };
    const source = plan.types.get(nodeById(home.graph, segment.node)?.type ?? "");
    if (step.status === "succeeded") {
      text += asText(valueAt(step.output, segment.path));
      continue;
    }
    const isLive = segment.path.length === 1 && segment.path[0] === source?.streams;
    return { text: isLive ? text + step.text : text, isWhole: false };
  }
  return { text, isWhole: true };
}

/** What steps inside see by the id of the step around them, as far as it is known before they begin. */
function ofThePass(run: RunState, place: Place, id: string, path: readonly string[]): Json | undefined {
  const around = place.around;
  if (!around) return undefined;
  if (around.id !== id) return ofThePass(run, around.place, id, path);
  if (path.length !== 1) return undefined;
  if (path[0] === "index") return around.turn;
  if (path[0] === "number") return around.turn + 1;
  return undefined;
}

/** Will each step of one graph run? `stepAt` says what is known of each. "open" as long as a decision, or a failure with a path of its own, may still pass it by. */
export function fatesOf(
  { graph, types, shapes }: AnswerPlan,
  stepAt: (id: string) => StepRun | undefined,
): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const hasStart = graph.nodes.some((n) => startsRun(types.get(n.type)));
  for (const id of order(graph)) {
    const into = edgesInto(graph, id);
    if (stepAt(id)) {
      fates.set(id, "runs");
      continue;
    }
    if (into.length === 0) {
      // A step that nothing leads to runs only where nothing is marked as the start.
      const begins = !hasStart || startsRun(types.get(nodeById(graph, id)?.type ?? ""));
      fates.set(id, begins ? "runs" : "skipped");
      continue;
    }
    const ways = into.map((e) => edgeFate(e.source, e.port));
    fates.set(id, ways.includes("runs") ? "runs" : ways.every((w) => w === "skipped") ? "skipped" : "open");
  }
  return fates;

  function edgeFate(source: string, port: string): Fate {
    const fate = fates.get(source) ?? "open";
    if (fate !== "runs") return fate;
    const left = leftBy(stepAt(source));
    if (left !== null) return left === port ? "runs" : "skipped";
    const node = nodeById(graph, source);
    const ports = node ? portsOf(node, types, shapes) : [];
    const mayFailAside = edgesOutOf(graph, source).some((e) => e.port === ERROR_PORT);
    return ports.length === 1 && ports[0]?.name === port && !mayFailAside ? "runs" : "open";
  }
}

/** The way the flow left a step by, or null while it is not decided. */
function leftBy(step: StepRun | undefined): string | null {
  return step && (step.status === "succeeded" || step.status === "failed") ? step.port : null;
}

export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  for (const key of path) {
    if (value === null || value === undefined || typeof value !== "object") return undefined;
    value = Array.isArray(value) ? value[Number(key)] : value[key];
  }
  return value;
}

function asText(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
