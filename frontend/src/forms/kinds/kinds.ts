/** Kinds of information that is kept under a name, as the server knows them: `nodes/sdk/kinds.py`. */

import type { Json } from "@/api/types";

/** Whether a value is of that kind. Null stands for nothing of the kind. */
export function fits(value: Json | undefined, kind: string): boolean {
  if (value === null || value === undefined || kind === "any") return true;
  if (kind === "text") return typeof value === "string";
  if (kind === "number") return typeof value === "number";
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "object") return typeof value === "object" && !Array.isArray(value);
  const item = kind.replace(/^list_?/, "");
  return Array.isArray(value) && (item === "" || value.every((each) => each !== null && fits(each, item)));
}
