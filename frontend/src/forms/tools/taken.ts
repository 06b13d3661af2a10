/** What a tool takes, read from its JSON Schema as far as a form can show it. */

import type { AskedField, Json, JsonObject } from "@/api/types";

export interface Taken {
  name: string;
  kind: AskedField["type"];
  /** The server's words about it. */
  text: string;
  isRequired: boolean;
  options: string[];
}

const LONGEST = 400;

const objectOf = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};

/** What the tool with that schema takes, in its own order. */
export function takenBy(schema: Json | undefined): Taken[] {
  const { properties, required } = objectOf(schema);
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(objectOf(properties)).map(([name, one]) => {
    const part = objectOf(one);
    const words = typeof part.description === "string" ? part.description : "";
    return {
      name,
      kind: kindOf(part),
      text: words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words,
      isRequired: needed.includes(name),
      options: optionsOf(part),
    };
  });
}

function kindOf(part: JsonObject): AskedField["type"] {
  const kinds = [part.type].flat().filter((kind) => kind !== "null");
  const kind = kinds.length === 1 ? kinds[0] : undefined;
  if (kind === "string") return optionsOf(part).length > 0 ? "choice" : "paragraph";
  if (kind === "number" || kind === "integer") return "number";
  if (kind === "boolean") return "boolean";
  return kind === "array" && objectOf(part.items).type === "string" ? "list" : "object";
}

const optionsOf = ({ enum: all }: JsonObject): string[] =>
  Array.isArray(all) ? all.filter((one): one is string => typeof one === "string") : [];
