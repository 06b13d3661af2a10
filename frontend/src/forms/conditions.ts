/** Cases and conditions of a deciding step, and which comparisons make sense for which kind of information. */

import type { Json, JsonObject, JsonSchema } from "@/api/types";
import type { InfoKind } from "./info";
import { freeName, nameFrom, objectOf, textOf } from "./schema";
import { writeRef } from "./template/syntax";

export interface Condition {
  readonly left: Json;
  readonly operator: string;
  readonly right: Json;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly match: "all" | "any";
  readonly conditions: readonly Condition[];
}

const TEXT = [
  "is",
  "is_not",
  "contains",
  "not_contains",
  "starts_with",
  "ends_with",
  "matches_any",
  "is_empty",
  "is_not_empty",
];
const NUMBER = ["is", "is_not", "gt", "gte", "lt", "lte", "is_empty", "is_not_empty"];

const FITTING: Record<InfoKind, readonly string[]> = {
  text: TEXT,
  number: NUMBER,
  yesno: ["is_true", "is_false", "is_empty"],
  list: ["contains", "not_contains", "is_empty", "is_not_empty"],
  object: ["is_empty", "is_not_empty"],
  any: [...new Set([...TEXT, ...NUMBER, "is_true", "is_false"])],
};

const WITHOUT_RIGHT = new Set(["is_empty", "is_not_empty", "is_true", "is_false"]);

/** Does the comparison need something to compare with? */
export const needsRight = (operator: string): boolean => !WITHOUT_RIGHT.has(operator);

/** The comparisons for this kind of information that the step's schema knows; the chosen one always stays. */
export function operatorsFor(kind: InfoKind, known: readonly string[], chosen: string): string[] {
  const fitting = FITTING[kind].filter((o) => known.length === 0 || known.includes(o));
  return fitting.includes(chosen) || !chosen ? fitting : [...fitting, chosen];
}

/** The operators a schema of cases lists. */
export function operatorsOf(schema: JsonSchema): string[] {
  const condition = objectOf(
    objectOf(objectOf(objectOf(objectOf(schema.items).properties).conditions).items).properties,
  );
  const { enum: known } = objectOf(condition.operator);
  return Array.isArray(known) ? known.filter((o) => typeof o === "string") : [];
}

export function casesOf(value: Json | undefined): Case[] {
  return (Array.isArray(value) ? value : []).map((one): Case => {
    const { name, title, match, conditions } = objectOf(one);
    return {
      name: textOf(name),
      title: textOf(title),
      match: match === "any" ? "any" : "all",
      conditions: (Array.isArray(conditions) ? conditions : []).map((c): Condition => {
        const { left = null, operator, right = null } = objectOf(c);
        return { left, operator: textOf(operator) || "is", right };
      }),
    };
  });
}

export const casesToJson = (cases: readonly Case[]): Json =>
  cases.map((one): JsonObject => ({ ...one, conditions: one.conditions.map((c) => ({ ...c })) }));

/** A fresh condition about the nearest information. */
export function freshCondition(nearest: { node: string; path: readonly string[] } | null): Condition {
  return { left: nearest ? writeRef(nearest.node, nearest.path) : "", operator: "contains", right: "" };
}

const RESERVED = ["else", "error", "out"];

/** A new case; connections leave by its name, which never changes afterwards, so that renaming keeps them. */
export function freshCase(cases: readonly Case[], title: string, condition: Condition): Case {
  const name = freeName(nameFrom(`path_${cases.length + 1}`, "path"), [
    ...cases.map((c) => c.name),
    ...RESERVED,
  ]);
  return { name, title, match: "all", conditions: [condition] };
}

/** Another comparison; what was compared with stays where it still makes sense. */
export function withOperator(condition: Condition, operator: string): Condition {
  if (!needsRight(operator)) return { ...condition, operator, right: null };
  const { right } = condition;
  const isList = operator === "matches_any";
  if (isList === Array.isArray(right)) return { ...condition, operator, right: right ?? "" };
  if (isList) return { ...condition, operator, right: right === null || right === "" ? [] : [String(right)] };
  return { ...condition, operator, right: Array.isArray(right) ? right.join(", ") : "" };
}

/** Other information: the comparison changes with its kind when it no longer makes sense. */
export function withLeft(
  condition: Condition,
  left: string,
  kind: InfoKind,
  known: readonly string[],
): Condition {
  const fitting = operatorsFor(kind, known, "");
  const next = { ...condition, left };
  return fitting.includes(condition.operator) ? next : withOperator(next, fitting[0] ?? condition.operator);
}
