import type { Json } from "@/api/types";
import type { FormWorld, InfoField, InfoKind, InfoStep } from "../info";

export interface Choice {
  readonly step: InfoStep;
  readonly field: InfoField;
}

const DEEPEST = 3;
const MOST_SEEN = 40;

/**
 * The information that fits what was typed, still nearest step first. Where a step cannot say what its data
 * holds, such as the answer of a web service, the parts that it had last time are offered too.
 */
export function choicesFor(
  info: readonly InfoStep[],
  query: string,
  lastValue: FormWorld["lastValue"] = () => undefined,
): Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return info.flatMap((step) =>
    step.fields
      .flatMap((field) => [field, ...seenIn(step, field, lastValue)])
      .filter((field) => {
        const text = `${step.title} ${field.title} ${step.node} ${field.path.join(".")}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .map((field) => ({ step, field })),
  );
}

/** The fields of each step that follow one another, and the place of the first among all choices. */
export function byStep(choices: readonly Choice[]): { step: InfoStep; first: number; fields: InfoField[] }[] {
  const groups: { step: InfoStep; first: number; fields: InfoField[] }[] = [];
  choices.forEach(({ step, field }, i) => {
    const group = groups.at(-1);
    if (group?.step === step) group.fields.push(field);
    else groups.push({ step, first: i, fields: [field] });
  });
  return groups;
}

function seenIn(step: InfoStep, field: InfoField, lastValue: FormWorld["lastValue"]): InfoField[] {
  const isOpen = field.kind === "any" || field.kind === "object" || field.kind === "list";
  const isTold = step.fields.some((other) => isBelow(other.path, field.path));
  return isOpen && !isTold ? partsOf(field, lastValue(step.node, field.path)).slice(0, MOST_SEEN) : [];
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((key, i) => path[i] === key);

/** The parts of a value by their names, three deep; of a list, those of its first item. */
export function partsOf({ path, title }: InfoField, value: Json | undefined, depth = 1): InfoField[] {
  if (value === null || typeof value !== "object" || depth > DEEPEST) return [];
  const entries: [string, Json][] = Array.isArray(value)
    ? Object.entries(value.slice(0, 1))
    : Object.entries(value);
  return entries.flatMap(([key, part]) => {
    const here: InfoField = { path: [...path, key], title: `${title} › ${key}`, kind: kindOf(part) };
    return [here, ...partsOf(here, part, depth + 1)];
  });
}

function kindOf(value: Json): InfoKind {
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "yesno";
  if (Array.isArray(value)) return "list";
  return value === null ? "any" : "object";
}
