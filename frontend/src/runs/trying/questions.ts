import type { Graph, Json } from "@/api/types";
import { fieldWith, type StepTypes, startsRun } from "@/flow-kit/stepTypes";
import { objectOf, textOf } from "@/forms/schema";

/** Something a visitor is asked for besides the message. */
export interface Question {
  readonly name: string;
  readonly label: string;
  readonly kind: string;
  readonly required: boolean;
  readonly options: readonly string[];
  readonly accepts: readonly string[];
  readonly max_mb: number | null;
  readonly max_items: number | null;
}

export function questionsOf(graph: Graph, types: StepTypes): Question[] {
  return graph.nodes.flatMap((node) => {
    const type = types.get(node.type);
    const field = type && startsRun(type) ? fieldWith(type, "inputs") : undefined;
    const asked: Json | undefined = field ? node.config[field] : undefined;
    return (Array.isArray(asked) ? asked : []).map(objectOf).map((one) => ({
      name: textOf(one.name),
      label: textOf(one.label) || textOf(one.name),
      kind: textOf(one.type) || "text",
      required: one.required === true,
      options: (Array.isArray(one.options) ? one.options : []).map(textOf),
      accepts: (Array.isArray(one.accepts) ? one.accepts : []).map(textOf),
      max_mb: typeof one.max_mb === "number" ? one.max_mb : null,
      max_items: typeof one.max_items === "number" ? one.max_items : null,
    }));
  });
}

/** The JSON object that a text says; null when it says none. */
export function objectIn(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** What was filled in, as it is sent: questions that are gone and lines left empty are left out. */
export function answersTo(
  questions: readonly Question[],
  values: Record<string, Json>,
): Record<string, Json> {
  const asked = questions.filter(({ name }) => values[name] !== undefined);
  return Object.fromEntries(asked.map(({ name }) => [name, sent(values[name] ?? null)]));
}

function sent(value: Json): Json {
  if (!Array.isArray(value)) return value;
  return value.map((line) => textOf(line).trim()).filter((line) => line !== "");
}
