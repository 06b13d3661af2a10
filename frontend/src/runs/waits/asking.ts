/** What a waiting step asks a person, from what the journal or the server tells of it. */

import type { Json, JsonObject } from "@/api/types";
import type { Ask } from "@/chat";

/** A step that asks a person. */
export const ASKS = "ask_human";

/** A step that waits for a call from another service. */
export const EVENT = "event";

/** What the `about` of a wait says, as a form. */
export function askOf(
  path: string,
  about: { readonly [name: string]: Json },
  since: string | null,
  until: string | null,
): Ask {
  return {
    path,
    who: about.who === "team" ? "team" : "visitor",
    title: textOf(about.title),
    message: textOf(about.message),
    fields: rowsOf(about.fields) as unknown as Ask["fields"],
    actions: rowsOf(about.actions) as unknown as Ask["actions"],
    since,
    until,
  };
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function rowsOf(value: Json | undefined): JsonObject[] {
  const rows = Array.isArray(value) ? value : [];
  return rows.filter(
    (row): row is JsonObject => typeof row === "object" && row !== null && !Array.isArray(row),
  );
}
