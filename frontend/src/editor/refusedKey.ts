import type { Graph, Model } from "@/api/types";
import { fieldWith, type StepTypes } from "@/flow-kit/stepTypes";
import type { RunState } from "@/runs/fold";
import { stepAt } from "@/runs/paths";

/** The code of a run in which a provider of models would not take our key. */
export const KEY_REFUSED = "model_auth";

/** The name of the connection whose key was refused; null where that cannot be told from here. */
export function refusedConnection(
  run: Pick<RunState, "steps">,
  graph: Graph | undefined,
  known: { types: StepTypes; models: readonly Model[]; defaultModel: string },
): string | null {
  const [path] = Object.entries(run.steps).find(([, step]) => step.error?.code === KEY_REFUSED) ?? [];
  const node = path && graph ? stepAt(graph, path) : undefined;
  const type = node && known.types.get(node.type);
  const field = type && fieldWith(type, "model");
  if (!node || !field) return null;
  const chosen = node.config[field] || known.defaultModel;
  return known.models.find(({ id }) => id === chosen)?.connection ?? null;
}
