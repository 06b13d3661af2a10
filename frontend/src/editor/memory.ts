/** What an app declares to be remembered. The server refuses a graph with a bad declaration, so none is made here. */

import type { Graph } from "@/api/types";

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
