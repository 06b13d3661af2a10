/** Conditions on what is known of documents: which comparisons make sense for which kind of field. */

import type { DocumentField, Json, JsonObject } from "@/api/types";
import { objectOf, textOf } from "./schema";

export type FieldKind = DocumentField["kind"];

export interface FieldCondition {
  readonly field: string;
  readonly operator: string;
  readonly value: Json;
  readonly skip_empty: boolean;
}

export interface DocumentFilter {
  readonly match: "all" | "any";
  readonly conditions: readonly FieldCondition[];
}

export const NO_FILTER: DocumentFilter = { match: "all", conditions: [] };

/** What every document has. */
export const BUILT_IN: readonly DocumentField[] = [
  { name: "name", kind: "text" },
  { name: "kind", kind: "text" },
  { name: "uploaded_at", kind: "date" },
  { name: "uploaded_by", kind: "text" },
  { name: "language", kind: "text" },
];

const EMPTINESS = ["is_empty", "is_not_empty"];
const OPERATORS: Record<FieldKind, readonly string[]> = {
  text: ["is", "is_not", "is_one_of", "contains", "not_contains", "starts_with", "ends_with", ...EMPTINESS],
  number: ["is", "is_not", "is_one_of", "gt", "gte", "lt", "lte", ...EMPTINESS],
  date: ["is", "is_not", "before", "after", "not_before", "not_after", ...EMPTINESS],
  boolean: ["is_true", "is_false", ...EMPTINESS],
};
const WITHOUT_VALUE = new Set(["is_true", "is_false", ...EMPTINESS]);

export const needsValue = (operator: string): boolean => !WITHOUT_VALUE.has(operator);

/** The comparisons for a field of that kind; the chosen one always stays, so that it can be seen to be wrong. */
export function operatorsOf(kind: FieldKind | undefined, chosen: string): string[] {
  const fitting = kind ? OPERATORS[kind] : [];
  return fitting.includes(chosen) || !chosen ? [...fitting] : [...fitting, chosen];
}

export function filterOf(value: Json | undefined): DocumentFilter {
  const { match, conditions } = objectOf(value);
  return {
    match: match === "any" ? "any" : "all",
    conditions: (Array.isArray(conditions) ? conditions : []).map((one): FieldCondition => {
      const { field, operator, value = null, skip_empty } = objectOf(one);
      return {
        field: textOf(field),
        operator: textOf(operator) || "is",
        value,
        skip_empty: skip_empty === true,
      };
    }),
  };
}

export const filterToJson = ({ match, conditions }: DocumentFilter): JsonObject => ({
  match,
  conditions: conditions.map((one) => ({ ...one })),
});

/** Another field: the comparison and the value go with the old one where they make no sense for the new. */
export function withField(
  condition: FieldCondition,
  field: string,
  before: FieldKind | undefined,
  kind: FieldKind | undefined,
): FieldCondition {
  const fitting = kind ? OPERATORS[kind] : [];
  const operator = fitting.includes(condition.operator) ? condition.operator : (fitting[0] ?? "is");
  return { ...condition, field, operator, value: kind === before ? condition.value : null };
}

export const withOperator = (condition: FieldCondition, operator: string): FieldCondition => ({
  ...condition,
  operator,
  value: needsValue(operator) ? condition.value : null,
});

/** Is there nothing to compare with, so that no document would ever fit? */
export const lacksItsValue = ({ operator, value }: FieldCondition): boolean =>
  needsValue(operator) && (value === null || (typeof value === "string" && !value.trim()));

/** Is the value information from an earlier step, or has some in it? */
export const mayBeEmpty = ({ value }: FieldCondition): boolean =>
  typeof value === "string" && value.includes("{{");

/** The fields of all these collections, each once, and which kind it has. */
export function fieldsOfAll(collections: readonly { fields: readonly DocumentField[] }[]): DocumentField[] {
  const found = new Map(collections.flatMap(({ fields }) => fields).map((field) => [field.name, field]));
  return [...found.values()];
}

export const shownValue = (value: Json): string =>
  value === null ? "" : Array.isArray(value) ? value.map(String).join(", ") : String(value);
