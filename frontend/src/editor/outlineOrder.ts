/** How the list of steps is told: steps in order, those of a group together where the first of them stands. */

import type { StepGroup } from "@/api/types";

export type OutlineItem =
  | { readonly kind: "step"; readonly id: string }
  | { readonly kind: "group"; readonly group: StepGroup; readonly ids: readonly string[] };

export function outlineItems(steps: readonly string[], groups: readonly StepGroup[]): OutlineItem[] {
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((id) => [id, group] as const)));
  const told = new Set<StepGroup>();
  return steps.flatMap((id): OutlineItem[] => {
    const group = groupOf.get(id);
    if (!group) return [{ kind: "step", id }];
    if (told.has(group)) return [];
    told.add(group);
    return [{ kind: "group", group, ids: steps.filter((one) => groupOf.get(one) === group) }];
  });
}
