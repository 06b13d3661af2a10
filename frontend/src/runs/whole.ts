import * as api from "@/api/endpoints";
import type { Json } from "@/api/types";
import { isApart } from "./apart";

/** A value of a run with all of what is too large to come with it, to be sent on. */
export async function wholeOf(run: string, value: Json): Promise<Json> {
  if (value === null || typeof value !== "object") return value;
  if (isApart(value)) return (await api.runs.value(run, value["#blob"])) as Json;
  if (Array.isArray(value)) return Promise.all(value.map((one) => wholeOf(run, one)));
  const fields = Object.entries(value).map(async ([name, one]) => [name, await wholeOf(run, one)] as const);
  return Object.fromEntries(await Promise.all(fields));
}
