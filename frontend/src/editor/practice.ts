import type { Graph, Model } from "@/api/types";
import { fieldWith, type StepTypes } from "@/flow-kit/stepTypes";
import { stepsIn } from "@/flow-kit/tree";

/** Does a step answer with the bundled practice model? Steps that choose a model are known by their form's widget. */
export function usesPractice(
  graph: Graph,
  types: StepTypes,
  models: readonly Model[],
  defaultModel: string,
): boolean {
  const practice = new Set(models.filter((m) => m.is_practice).map((m) => m.id));
  return [...stepsIn(graph)].some((node) => {
    const type = types.get(node.type);
    const field = type && fieldWith(type, "model");
    if (!field) return false;
    const chosen = node.config[field];
    return practice.has(typeof chosen === "string" && chosen ? chosen : defaultModel);
  });
}
