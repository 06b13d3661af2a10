import type { Graph, GraphNode, Model } from "@/api/types";
import { fieldWith, type StepTypes } from "@/flow-kit/stepTypes";
import { stepsIn } from "@/flow-kit/tree";

/** The steps that answer with the bundled practice model, and their settings that say which model does. */
export function onPractice(
  graph: Graph,
  types: StepTypes,
  models: readonly Model[],
  defaultModel: string,
): { node: GraphNode; field: string }[] {
  const practice = new Set(models.filter((m) => m.is_practice).map((m) => m.id));
  return [...stepsIn(graph)].flatMap((node) => {
    const type = types.get(node.type);
    // Steps that choose a model are known by their form's widget.
    const field = type && fieldWith(type, "model");
    if (!field) return [];
    const chosen = node.config[field];
    return practice.has(typeof chosen === "string" && chosen ? chosen : defaultModel)
      ? [{ node, field }]
      : [];
  });
}

/** Does a step answer with the practice model? */
export const usesPractice = (...of: Parameters<typeof onPractice>): boolean => onPractice(...of).length > 0;
