/** A value of a run as a form: which fields it has, and what of it was changed. */

import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { hints, inWords, objectOf, optionsOf, typeOf } from "@/forms/schema";
import { isApart } from "../apart";

/** What is called how, and which choices it has. `options` gives the words of choices in the reader's language. */
export interface ValueWords {
  readonly schema: JsonSchema;
  readonly title: (field: string) => string;
  readonly options?: (field: string) => Record<string, string> | undefined;
}

/** Deeper than this a value is edited as text for programmers. */
const DEEPEST = 4;
const MOST_FIELDS = 40;
/** Ids of other things, which nobody can type: they are kept as they are. */
const NAMES_SOMETHING = new Set(["workflow", "workflow-version", "knowledge", "secret", "source-tool"]);

/** A form for an object as it is: its fields in the order of what is known of them, each by the kind of its value. */
export function formOf(value: JsonObject, { schema, title, options }: ValueWords): JsonSchema {
  const known = objectOf(schema.properties);
  const names = [
    ...Object.keys(known).filter((name) => name in value),
    ...Object.keys(value).filter((name) => !(name in known)),
  ];
  const fields = names.flatMap((name): [string, JsonSchema][] => {
    const field = objectOf(known[name]);
    const widget = hints(field).widget;
    if (typeof widget === "string" && NAMES_SOMETHING.has(widget)) return [];
    // What is looked at in each round did not come in.
    if (hints(field).scope === "inside") return [];
    if (isApart(value[name])) return [];
    const shape = shapeOf(value[name] ?? null, inWords(field, { options: options?.(name) }));
    return [[name, { ...shape, title: title(name) }]];
  });
  return { type: "object", properties: Object.fromEntries(fields), required: fields.map(([name]) => name) };
}

/** How one value is edited. `known` is what its schema says; a value says more than a schema that takes anything. */
function shapeOf(value: Json, known: JsonSchema, depth = 0): JsonSchema {
  if (typeof value === "string") {
    const choices = optionsOf(known);
    if (choices.some((choice) => choice.value === value)) {
      return { type: "string", oneOf: choices.map((one) => ({ const: one.value, title: one.title })) };
    }
    return LONG_TEXT;
  }
  if (typeof value === "number") return { type: "number" };
  if (typeof value === "boolean") return { type: "boolean" };
  if (value === null) {
    const type = typeOf(known);
    return type === "number" || type === "integer" ? { type: "number" } : LONG_TEXT;
  }
  if (Array.isArray(value)) {
    if (value.length === 0 ? typeOf(objectOf(known.items)) === "string" : value.every(isText))
      return { type: "array", items: { type: "string" } };
    const entry = depth < DEEPEST ? entryOf(value, depth) : null;
    return entry ? { type: "array", items: entry, "x-ui": { widget: "rows" } } : AS_IT_IS;
  }
  return (depth < DEEPEST && objectShape(value, known, depth)) || AS_IT_IS;
}

const LONG_TEXT: JsonSchema = { type: "string", "x-ui": { widget: "paragraph" } };
const AS_IT_IS: JsonSchema = { "x-ui": { widget: "json" } };

const isText = (value: Json) => typeof value === "string";

function objectShape(value: JsonObject, known: JsonSchema, depth: number): JsonSchema | null {
  const fields = Object.entries(value);
  if (fields.length === 0 || fields.length > MOST_FIELDS) return null;
  const inner = objectOf(known.properties);
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.map(([name, field]) => {
        const about = objectOf(inner[name]);
        const shape = shapeOf(field, about, depth + 1);
        return [name, { ...shape, title: typeof about.title === "string" ? about.title : name }];
      }),
    ),
    required: fields.map(([name]) => name),
  };
}

/** The shape that all entries of a list share; null where they have none. */
function entryOf(values: Json[], depth: number): JsonSchema | null {
  const [first] = values;
  if (!isObject(first)) return null;
  const names = Object.keys(first).sort().join();
  const shape = objectShape(first, {}, depth);
  const isSame = values.every(
    (one) =>
      isObject(one) &&
      Object.keys(one).sort().join() === names &&
      JSON.stringify(objectShape(one, {}, depth)) === JSON.stringify(shape),
  );
  return isSame ? shape : null;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** The same, where a field that says by which of several ways a step left is a choice between them. */
export function withWays(
  schema: JsonSchema,
  output: Json,
  left: string | null,
  ways: readonly { name: string; title: string }[],
): JsonSchema {
  if (left === null || ways.length < 2 || !ways.some(({ name }) => name === left)) return schema;
  const choices = { oneOf: ways.map(({ name, title }) => ({ const: name, title })) };
  const known = objectOf(schema.properties);
  const named = Object.entries(objectOf(output)).filter(([, value]) => value === left);
  const fields = named.map(([name]) => [name, { ...objectOf(known[name]), ...choices }] as const);
  return { ...schema, properties: { ...known, ...Object.fromEntries(fields) } };
}

/** The fields of `now` that are otherwise than in `before`. */
export function changedFields(before: JsonObject, now: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}
