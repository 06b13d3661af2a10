/** How a form reads a node type's JSON Schema: our subset, with hints under `x-ui`. */

import type { Json, JsonObject, JsonSchema, WordsOfField } from "@/api/types";

/** A field's words in the reader's language, where the schema's own are in another. */
export type FieldWords = (name: string) => WordsOfField | undefined;

export interface FieldSchema {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

export const objectOf = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};

export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** The fields of an object schema, split into those in sight and those behind "More options". */
export function fieldsOf(
  schema: JsonSchema,
  value: JsonObject,
): { main: FieldSchema[]; more: FieldSchema[] } {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const fields = Object.entries(objectOf(schema.properties))
    .map(([name, field]): FieldSchema => ({ name, schema: objectOf(field), isRequired: required.has(name) }))
    // The form fills in a name by itself: connections hold on to it, so it never changes.
    .filter((field) => hints(field.schema).widget !== "name" && isShown(field.schema, schema, value));
  return {
    main: fields.filter((f) => hints(f.schema).more !== true),
    more: fields.filter((f) => hints(f.schema).more === true),
  };
}

export const hints = (schema: JsonSchema): JsonObject => objectOf(schema["x-ui"]);

/** `showWhen: {field, is}`: shown while that field is, and has that value (or one of those values). */
function isShown(field: JsonSchema, form: JsonSchema, value: JsonObject, depth = 0): boolean {
  const when = objectOf(hints(field).showWhen);
  if (typeof when.field !== "string") return true;
  const other = objectOf(objectOf(form.properties)[when.field]);
  const has = value[when.field] ?? other.default ?? null;
  const wanted = Array.isArray(when.is) ? when.is : [when.is ?? null];
  return (
    wanted.some((w) => JSON.stringify(w) === JSON.stringify(has)) &&
    (depth > 8 || isShown(other, form, value, depth + 1))
  );
}

/** The widget a field asks for, else the one that fits its type. A name the form does not know is for JSON. */
export function widgetName(schema: JsonSchema): string {
  const asked = hints(schema).widget;
  if (typeof asked === "string" && asked) return asked;
  if (optionsOf(schema).length > 0) return "select";
  const type = typeOf(schema);
  if (type === "boolean") return "toggle";
  if (type === "number" || type === "integer") return "number";
  if (type === "string") return "text";
  if (type === "array" && typeOf(objectOf(schema.items)) === "string") return "list";
  if (type === "object" && Object.keys(objectOf(schema.properties)).length > 0) return "group";
  return "json";
}

/** The JSON type of a schema; of several, the first that is not null. */
export function typeOf(schema: JsonSchema): string | undefined {
  const { type } = schema;
  const found = Array.isArray(type) ? type.find((t) => t !== "null") : type;
  return typeof found === "string" ? found : undefined;
}

export function optionsOf(schema: JsonSchema): { value: string; title: string }[] {
  if (Array.isArray(schema.enum)) {
    return schema.enum.filter((v) => typeof v === "string").map((v) => ({ value: v, title: v }));
  }
  if (!Array.isArray(schema.oneOf)) return [];
  return schema.oneOf
    .map(objectOf)
    .filter((o) => typeof o.const === "string")
    .map((o) => ({ value: textOf(o.const), title: textOf(o.title) || textOf(o.const) }));
}

/** The schema with the titles of its choices, and its example, in the reader's language. */
export function inWords(schema: JsonSchema, said: WordsOfField | undefined): JsonSchema {
  const { options, placeholder } = said ?? {};
  const shown = placeholder ? { ...schema, "x-ui": { ...hints(schema), placeholder } } : schema;
  if (!options || !Array.isArray(schema.oneOf)) return shown;
  const oneOf = schema.oneOf
    .map(objectOf)
    .map((o) => ({ ...o, title: options[textOf(o.const)] ?? o.title ?? null }));
  return { ...shown, oneOf };
}

export const defaultOf = (schema: JsonSchema): Json => schema.default ?? null;

/** May the field be without a value? */
export const isOptional = ({ schema, isRequired }: FieldSchema): boolean =>
  !isRequired && (!("default" in schema) || schema.default === null);

/** A fault of one field, with the rest of its path inside the field: `cases[0].title` is `[0].title` of `cases`. */
export interface FieldFault {
  readonly path: string;
  readonly message: string;
}

/** The faults of field `name` out of those of the whole form. */
export function faultsOf(faults: readonly FieldFault[], name: string): FieldFault[] {
  return faults.flatMap((f) => {
    if (!f.path.startsWith(name)) return [];
    const rest = f.path.slice(name.length);
    return rest === "" || rest[0] === "." || rest[0] === "[" ? [{ ...f, path: rest.replace(/^\./, "") }] : [];
  });
}

/** A name like `words` that none of `taken` has: `words`, `words_2`, … */
export function freeName(stem: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem : `${stem}_${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** Letters, digits and `_` out of a title, for names that references use. Chinese titles give the stem. */
export function nameFrom(title: string, stem: string): string {
  const name = title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "")
    .slice(0, 40);
  return name || stem;
}
