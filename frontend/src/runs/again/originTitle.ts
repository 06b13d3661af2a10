import type { SeenOrigin } from "@/api/types";
import { type StepType, titleOf } from "@/flow-kit/stepTypes";

/** What the step is called that a run went on from; "" in runs of old, which do not say. */
export function originTitle({ path, title, type }: SeenOrigin, types: StepType[], language: string): string {
  if (!type) return title;
  const id = path.slice(path.lastIndexOf(".") + 1);
  return titleOf({ id, type, title }, new Map(types.map((one) => [one.type, one])), language);
}
