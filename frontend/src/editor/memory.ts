/** What an app declares to be remembered. The server refuses a graph with a bad declaration, so none is made here. */

import type { Graph, Json } from "@/api/types";

export type Remembered = NonNullable<Graph["variables"]>[number];

export const KINDS = [
  "text",
  "number",
  "boolean",
  "list",
  "list_text",
  "list_number",
  "list_object",
  "object",
  "any",
] as const;
export type Kind = (typeof KINDS)[number];

const NAME = /^\p{L}[\p{L}\p{N}_]{0,49}$/u;

export type NameFault = "bad" | "taken";

/** Why `name` cannot be that of the row `own`, if so. Names are free anew for each scope. */
export function nameFault(
  name: string,
  scope: string,
  rows: readonly Remembered[],
  own: number,
): NameFault | null {
  if (!NAME.test(name)) return "bad";
  return rows.some((row, i) => i !== own && row.scope === scope && row.name === name) ? "taken" : null;
}

/** Whether a value may be what something of that kind begins with. Null begins with nothing of the kind. */
export function fits(value: Json | undefined, kind: string): boolean {
  if (value === null || value === undefined || kind === "any") return true;
  if (kind === "text") return typeof value === "string";
  if (kind === "number") return typeof value === "number";
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "object") return typeof value === "object" && !Array.isArray(value);
  const item = kind.replace(/^list_?/, "");
  return Array.isArray(value) && (item === "" || value.every((each) => each !== null && fits(each, item)));
}
