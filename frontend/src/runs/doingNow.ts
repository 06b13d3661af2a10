import type { Doing } from "@/chat";
import { takesTools, titleOf } from "@/flow-kit/stepTypes";
import type { AnswerPlan } from "./answer";
import type { InLine, RunState } from "./fold";
import { roundOf, stepAt } from "./paths";

const NOTHING_AT_WORK: readonly Doing[] = [];

/**
 * What a run is at, for whoever builds the app: that a question of it waits for a model, of several the one
 * that is furthest back, and by their names the tools that its agents use just now.
 */
export function doingNow(run: RunState, plan: AnswerPlan | null, language: string): readonly Doing[] {
  let last: InLine | null = null;
  const tools = new Map<string, Doing>();
  for (const path of run.open) {
    const step = run.steps[path];
    if (step?.inLine && step.inLine.ahead > (last?.ahead ?? 0)) last = step.inLine;
    if (step?.status !== "running" || !plan) continue;
    const container = roundOf(path)?.container;
    const around = container && stepAt(plan.graph, container);
    const tool = around && takesTools(plan.types.get(around.type)) && stepAt(plan.graph, path);
    if (!tool) continue;
    const kind = plan.types.get(tool.type)?.effects === "write" ? "act" : "look_up";
    tools.set(tool.id, { kind, tool: titleOf(tool, plan.types, language) });
  }
  if (last) return [{ kind: "wait", tool: "", ahead: last.ahead, at_once: last.atOnce }, ...tools.values()];
  return tools.size > 0 ? [...tools.values()] : NOTHING_AT_WORK;
}
