/** What was typed for a tool, as the values that it takes. */

import type { Json, JsonObject } from "@/api/types";
import type { Taken } from "@/forms/tools/taken";

/** The values, and the names of those that cannot be read. What is empty is left out. */
export function givenBy(
  taken: Taken[],
  texts: Record<string, string>,
): { given: JsonObject; broken: string[] } {
  const given: JsonObject = {};
  const broken: string[] = [];
  for (const { name, kind } of taken) {
    const text = texts[name] ?? "";
    if (text === "") continue;
    const value = read(kind, text);
    if (value === undefined) broken.push(name);
    else given[name] = value;
  }
  return { given, broken };
}

/** Whether a text is nothing but these data, as servers say both ways. */
export function says(text: string, data: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(data);
  } catch {
    return false;
  }
}

function read(kind: Taken["kind"], text: string): Json | undefined {
  if (kind === "list") return text.split("\n").filter(Boolean);
  if (kind !== "number" && kind !== "boolean" && kind !== "object") return text;
  try {
    const value = JSON.parse(text) as Json;
    return kind === "object" || typeof value === kind ? value : undefined;
  } catch {
    return undefined;
  }
}
