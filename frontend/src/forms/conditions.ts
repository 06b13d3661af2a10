/** Cases and conditions of a deciding step, and which comparisons make sense for which kind of information. */

import type { Json, JsonObject, JsonSchema } from "@/api/types";
import type { InfoKind, InfoStep } from "./info";
import { freeName, nameFrom, objectOf, optionsOf, textOf } from "./schema";
import { writeRef } from "./template/syntax";

export interface Condition {
  readonly left: Json;
  readonly operator: string;
  readonly right: Json;
}

/** Conditions that hold together: all of them, or any. */
export interface Rule {
  readonly match: "all" | "any";
  readonly conditions: readonly Condition[];
}

export interface Case extends Rule {
  readonly name: string;
  readonly title: string;
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

/** The operators that the schema of a case or a rule lists. */
export function operatorsOf(schema: JsonSchema): string[] {
  const condition = objectOf(objectOf(objectOf(objectOf(schema.properties).conditions).items).properties);
  return optionsOf(objectOf(condition.operator)).map((o) => o.value);
}

export function ruleOf(value: Json | undefined): Rule {
  const { match, conditions } = objectOf(value);
  return {
    match: match === "any" ? "any" : "all",
    conditions: (Array.isArray(conditions) ? conditions : []).map((c): Condition => {
      const { left = null, operator, right = null } = objectOf(c);
      return { left, operator: textOf(operator) || "is", right };
    }),
  };
}

export const ruleToJson = ({ match, conditions }: Rule): JsonObject => ({
  match,
  conditions: conditions.map((c) => ({ ...c })),
});

export const casesOf = (value: Json | undefined): Case[] =>
  (Array.isArray(value) ? value : []).map((one): Case => {
    const { name, title } = objectOf(one);
    return { name: textOf(name), title: textOf(title), ...ruleOf(one) };
  });

export const casesToJson = (cases: readonly Case[]): Json =>
  cases.map((one): JsonObject => ({ name: one.name, title: one.title, ...ruleToJson(one) }));

/** The first information in reach. */
export function nearestIn(info: readonly InfoStep[]): { node: string; path: readonly string[] } | null {
  const [step] = info;
  const [field] = step?.fields ?? [];
  return step && field ? { node: step.node, path: field.path } : null;
}

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
