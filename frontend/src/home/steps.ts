import type { Template } from "@/api/types";
import { groupOf, type StepTypes, wordsOf } from "@/flow-kit/stepTypes";

/** One small picture on a template's card. */
export interface MiniStep {
  type: string;
  title: string;
  group: string;
  hasIcon: boolean;
}

/** The kinds of steps of a template, each once, in the order a message meets them. */
export function miniSteps(template: Pick<Template, "nodes">, types: StepTypes, language: string): MiniStep[] {
  const inOrder = [...template.nodes].sort(
    (a, b) => a.position.x - b.position.x || a.position.y - b.position.y,
  );
  const seen = new Set<string>();
  const steps: MiniStep[] = [];
  for (const { type } of inOrder) {
    if (seen.has(type)) continue;
    seen.add(type);
    const known = types.get(type);
    steps.push({
      type,
      title: known ? wordsOf(known, language).title : type,
      group: groupOf(known),
      hasIcon: known?.has_icon ?? false,
    });
  }
  return steps;
}
