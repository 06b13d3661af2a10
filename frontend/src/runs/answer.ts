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

/**
 * The answers in topological order, joined by a blank line. A skipped one adds nothing; an undecided one holds back
 * itself and the later ones. Text flows as it comes from a step that is at work, if no filter stands between.
 */
export function answerSoFar({ graph, types, shapes }: AnswerPlan, run: RunState): string {
  if (run.answer !== null) return run.answer;
  const fates = fatesOf({ graph, types, shapes }, (id) => run.steps[id]);
  const parts: string[] = [];
  for (const id of order(graph)) {
    const node = nodeById(graph, id);
    const field = node && types.get(node.type)?.answers;
    if (!node || !field) continue;
    const fate = fates.get(id);
    if (fate === "skipped" || run.steps[id]?.status === "failed") continue;
    if (fate === "open") break;
    const { text, isWhole } = said(node, field, { graph, types, shapes }, run);
    if (text) parts.push(text);
    if (!isWhole) break;
  }
  return parts.join("\n\n");
}

function said(
  node: GraphNode,
  field: string,
  { graph, types }: AnswerPlan,
  run: RunState,
): { text: string; isWhole: boolean } {
  const started = run.steps[node.id]?.input;
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
    const step = run.steps[segment.node];
    const source = types.get(nodeById(graph, segment.node)?.type ?? "");
    if (segment.filters || !step) return { text, isWhole: false };
    if (step.status === "succeeded") {
      text += asText(valueAt(step.output, segment.path));
      continue;
    }
    const isLive = segment.path.length === 1 && segment.path[0] === source?.streams;
    return { text: isLive ? text + step.text : text, isWhole: false };
  }
  return { text, isWhole: true };
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
