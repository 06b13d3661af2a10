/**
 * Values that are too large to stand in the facts of a run: a fact tells their beginning, and in `#blobs` where such
 * references are. What only looks like one is a value like any other.
 */

import type { Json, JsonObject, RunEvent } from "@/api/types";

export interface Apart extends JsonObject {
  readonly "#blob": string;
  readonly bytes: number;
  /** Its beginning, of the same kind. */
  readonly preview: Json;
}

const known = new WeakSet<object>();

/** Takes note of the references in a fact. */
export function noteApart(data: RunEvent["data"]): void {
  const places = data["#blobs"];
  if (!Array.isArray(places)) return;
  for (const way of places as string[][]) {
    let value: Json | undefined = data;
    for (const name of way) value = (value as JsonObject | undefined)?.[name];
    if (value !== null && typeof value === "object") known.add(value);
  }
}

export const isApart = (value: Json | undefined): value is Apart =>
  typeof value === "object" && value !== null && known.has(value);
