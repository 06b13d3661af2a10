/** The answer as far as it is certain while a draft runs. The public stream folds the same on the server. */

import type { Graph, GraphNode, Json, Shapes } from "@/api/types";
import { ERROR_PORT, edgesInto, edgesOutOf, nodeById, order } from "@/flow-kit/graph";
import { portsOf, type StepTypes, startsRun } from "@/flow-kit/stepTypes";
import { parseTemplate } from "@/forms/template/syntax";
import { isApart } from "./apart";
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
/** The ways by which a step ends the pass it stands in. */
const ENDS_ALL = "#end";
const ENDS_PASS: ReadonlySet<string> = new Set(["#stop", "#next", ENDS_ALL]);

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
  const { graph, prefix } = place;
  const mood = endedEarly(run, place) ? "over" : place.mood;
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
    const isFragile =
      mood === "fragile" ||
      mayFailAside(graph, node) ||
      stoppersBeside(plan, graph, id).some(
        (n) => leftBy(run.steps[prefix + n]) === null && fates.get(n) !== "skipped",
      );
    if (isInside) {
      const text = passes(plan, run, place, node, mood === "over" ? mood : isFragile ? "fragile" : "firm");
      if (text) parts.push(text);
      if (!hasLeft && mood !== "over") return { ...whole(), isWhole: false };
      continue;
    }
    if (!field || step?.port === ERROR_PORT || (mood === "over" && !hasLeft)) continue;
    if (fate === "open" || (isFragile && !hasLeft)) return { ...whole(), isWhole: false };
    const { text, isWhole } = said(node, field, plan, run, place);
    if (text) parts.push(text);
    if (!isWhole) return { ...whole(), isWhole: false };
  }
  return whole();
}

/** What the passes over the steps inside may say, in their order. Of one that failed and was set aside: nothing. */
function passes(plan: AnswerPlan, run: RunState, up: Place, node: GraphNode, around: Place["mood"]): string {
  const path = up.prefix + node.id;
  const graph = node.body;
  const rounds = run.rounds[path];
  if (!graph || !rounds) return "";
  const setsAside = "on_error" in node.config && node.config.on_error !== "stop";
  // Beside it another pass may end them all, while the run goes on.
  const isSideBySide = "at_once" in node.config && node.config.at_once !== 1;
  const isOver = around === "over" || leftBy(run.steps[path]) !== null;
  const mood = isOver ? "over" : isSideBySide && mayStop(plan, node) ? "fragile" : around;
  const parts: string[] = [];
  for (let turn = 0; turn < rounds.count; turn++) {
    const prefix = `${path}[${turn}].`;
    const place: Place = { graph, prefix, around: { place: up, id: node.id, turn }, mood };
    if (setsAside && !wasStopped(run, place)) {
      if (rounds.failed.includes(turn)) continue;
      const fates = fatesOf({ ...plan, graph }, (id) => run.steps[prefix + id]);
      const isDone = graph.nodes.every(
        (n) => leftBy(run.steps[prefix + n.id]) !== null || fates.get(n.id) === "skipped",
      );
      if (!isDone && isOver) continue;
      if (!isDone) break;
    }
    const { text, isWhole } = speak(plan, run, place);
    if (text) parts.push(text);
    if (!isWhole) break;
  }
  return parts.join(BETWEEN);
}

/** Has a step left the pass before its time? Then what has not left in it never will. */
function wasStopped(run: RunState, { graph, prefix }: Place): boolean {
  return graph.nodes.some((n) => ENDS_PASS.has(leftBy(run.steps[prefix + n.id]) ?? ""));
}

function endedEarly(run: RunState, place: Place): boolean {
  if (!place.around) return place.graph.nodes.some((n) => leftBy(run.steps[n.id]) === ENDS_ALL);
  const { place: up, id, turn } = place.around;
  const hasFailed = run.rounds[up.prefix + id]?.failed.includes(turn) ?? false;
  return wasStopped(run, place) || (hasFailed && place.mood === "fragile");
}

/** Would a failure of the step not end the run, but take another way? */
function mayFailAside(graph: Graph, { id, policy }: GraphNode): boolean {
  if (policy.on_error) return policy.on_error !== "fail";
  return edgesOutOf(graph, id).some((e) => e.port === ERROR_PORT);
}

/**
 * May the step end the pass it stands in: itself, or by one inside it? A loop keeps that to itself, unless it is
 * the end of the whole app.
 */
function mayStop(plan: AnswerPlan, node: GraphNode): boolean {
  const type = plan.types.get(node.type);
  if (mayEndAll(plan, node)) return true;
  if (node.body === null || type?.is_loop) return type?.ends_loop ?? false;
  return node.body.nodes.some((n) => mayStop(plan, n));
}

function mayEndAll(plan: AnswerPlan, node: GraphNode): boolean {
  const inner = node.body?.nodes ?? [];
  return (plan.types.get(node.type)?.ends_run ?? false) || inner.some((n) => mayEndAll(plan, n));
}

/** The steps that may end the pass before the step `id` has spoken. What comes after it cannot. */
function stoppersBeside(plan: AnswerPlan, graph: Graph, id: string): readonly string[] {
  const stoppers = graph.nodes.filter((n) => mayStop(plan, n)).map((n) => n.id);
  if (stoppers.length === 0) return stoppers;
  const after = new Set([id]);
  for (const at of order(graph)) {
    if (after.has(at)) for (const edge of edgesOutOf(graph, at)) after.add(edge.target);
  }
  return stoppers.filter((stopper) => !after.has(stopper));
}

/** Is there such a step in the graph, at any depth? */
function some(graph: Graph, holds: (node: GraphNode) => boolean): boolean {
  return graph.nodes.some((n) => holds(n) || (n.body !== null && some(n.body, holds)));
}

function said(node: GraphNode, field: string, plan: AnswerPlan, run: RunState, place: Place): Known {
  const started = run.steps[place.prefix + node.id]?.input;
  const final =
    started && typeof started === "object" && !Array.isArray(started) ? started[field] : undefined;
  if (final !== undefined && !isApart(final)) return { text: asText(final), isWhole: true };
  const template = node.config[field];
  let text = "";
  for (const segment of parseTemplate(typeof template === "string" ? template : "")) {
    if (segment.kind === "text") {
      text += segment.text;
      continue;
    }
    if (segment.filters) return { text, isWhole: false };
    const told = ofThePass(run, place, segment.node, segment.path) ?? shared(run, segment.node, segment.path);
    if (told !== undefined) {
      text += asText(told);
      continue;
    }
    let home: Place | null = place;
    while (home && !nodeById(home.graph, segment.node)) home = home.around?.place ?? null;
    const step = home ? run.steps[home.prefix + segment.node] : undefined;
    if (!home || !step) return { text, isWhole: false };
    const source = plan.types.get(nodeById(home.graph, segment.node)?.type ?? "");
    const node = nodeById(home.graph, segment.node);
    const isLive = segment.path.length === 1 && segment.path[0] === source?.streams;
    if (leftBy(step) !== null) {
      const value = valueAt(outcome(step), segment.path);
      // Too large to be told here: the end of the run tells the whole answer.
      if (isApart(value)) return { text: isLive ? text + step.text : text, isWhole: false };
      text += asText(value);
      continue;
    }
    if (node && mayFailAside(home.graph, node)) return { text, isWhole: false };
    return { text: isLive ? text + step.text : text, isWhole: false };
  }
  return { text, isWhole: true };
}

/** What all apps share, as the run began with it. Lists and objects wait for the server to write them as text. */
function shared(run: RunState, id: string, path: readonly string[]): Json | undefined {
  const value = id === "env" ? valueAt(run.env, path) : undefined;
  return typeof value === "object" ? undefined : value;
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
    const mayFail = edgesOutOf(graph, source).some((e) => e.port === ERROR_PORT);
    return ports.length === 1 && ports[0]?.name === port && !mayFail ? "runs" : "open";
  }
}

/** The way the flow left a step by, or null while it is not decided. */
function leftBy(step: StepRun | undefined): string | null {
  return step && (step.status === "succeeded" || step.status === "failed") ? step.port : null;
}

/** What later steps see of it. */
const outcome = ({ port, error, output }: StepRun): Json =>
  port === ERROR_PORT && error ? { code: error.code, message: error.message } : output;

export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  for (const key of path) {
    if (isApart(value)) return value;
    if (value === null || value === undefined || typeof value !== "object") return undefined;
    value = Array.isArray(value) ? value[Number(key)] : value[key];
  }
  return value;
}

function asText(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
