import type { InfoField, InfoStep } from "../info";

export interface Choice {
  readonly step: InfoStep;
  readonly field: InfoField;
}

/** The information that fits what was typed, still nearest step first. */
export function choicesFor(info: readonly InfoStep[], query: string): Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return info.flatMap((step) =>
    step.fields
      .filter((field) => {
        const text = `${step.title} ${field.title} ${step.node} ${field.path.join(".")}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .map((field) => ({ step, field })),
  );
}
