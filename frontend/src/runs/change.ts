/**
 * How remembered information changes: the same as `nodes.sdk.variables.change_as` and `nodes.sdk.kinds` in Python.
 * Null where it cannot change like that. Only whole numbers that were computed as fractions read otherwise as texts:
 * what is `2.0` there is `2` here.
 */

import type { Json, JsonObject } from "@/api/types";
import { isApart } from "./apart";

export interface Change {
  /** What was set, computed, added or taken away. */
  readonly value: Json;
  /** How many items the list has now; null for what is no list. */
  readonly length: number | null;
}

/** Boxed, for null is a value too. */
export interface Changed {
  readonly after: Json;
  readonly told: Change;
}

const EMPTY: Readonly<Record<string, Json>> = { text: "", number: 0, boolean: false, any: null };
const ARITHMETIC = new Set(["add", "subtract", "multiply", "divide"]);
const MOST_ITEMS = 100_000;
const NUMBER = /^[+-]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})([eE][+-]?\d{1,3})?$/;

export function changeAs(kind: string, before: Json, operator: string, operand: Json): Changed | null {
  if (operator !== "clear" && (isApart(operand) || isApart(before)))
    return changeUnseen(before, operator, operand);
  if (kind === "any") return change(before, operator, operand);
  if (operator === "clear") return whole(emptyOf(kind));
  if (operator === "set") {
    const value = asKind(operand, kind);
    return value === undefined ? null : whole(value);
  }
  if (ARITHMETIC.has(operator) ? kind !== "number" : !kind.startsWith("list")) return null;
  if (operator === "append") {
    const items = asKind([operand], kind);
    return Array.isArray(items) ? change(before, operator, items[0] ?? null) : null;
  }
  if (operator === "extend") {
    const items = asKind(operand, kind);
    return items === undefined ? null : change(before, operator, items);
  }
  return change(before, operator, operand);
}

/** Where only the beginning of a value is known: what was set is told, and what a list comes to is not computed. */
function changeUnseen(before: Json, operator: string, operand: Json): Changed {
  const after =
    operator === "set"
      ? operand
      : operator === "append" && Array.isArray(before)
        ? [...before, operand]
        : isApart(before)
          ? before
          : operand;
  return { after, told: { value: operand, length: null } };
}

function change(before: Json, operator: string, operand: Json): Changed | null {
  if (operator === "set") return whole(operand);
  if (operator === "clear") return whole(emptyLike(before));
  if (ARITHMETIC.has(operator)) {
    const number = compute(before, operator, operand);
    return number === null ? null : whole(number);
  }
  const items = before === null ? [] : before;
  if (!Array.isArray(items)) return null;
  if (operator === "append" || operator === "extend") {
    if (operator === "extend" && !Array.isArray(operand)) return null;
    const after = operator === "append" ? [...items, operand] : [...items, ...(operand as Json[])];
    return after.length > MOST_ITEMS ? null : { after, told: { value: operand, length: after.length } };
  }
  const after = operator === "remove_first" ? items.slice(1) : items.slice(0, -1);
  const taken = (operator === "remove_first" ? items[0] : items.at(-1)) ?? null;
  return { after, told: { value: taken, length: after.length } };
}

const whole = (after: Json): Changed => ({
  after,
  told: { value: after, length: Array.isArray(after) ? after.length : null },
});

const emptyOf = (kind: string): Json => (kind in EMPTY ? (EMPTY[kind] ?? null) : kind === "object" ? {} : []);

function emptyLike(before: Json): Json {
  if (Array.isArray(before)) return [];
  if (typeof before === "string") return "";
  if (typeof before === "number") return 0;
  if (typeof before === "boolean") return false;
  return before === null ? null : {};
}

function compute(before: Json, operator: string, operand: Json): number | null {
  const isFresh = before === null && (operator === "add" || operator === "subtract");
  const first = isFresh ? 0 : numberOf(before);
  const second = numberOf(operand);
  if (first === null || second === null) return null;
  const result =
    operator === "add"
      ? first + second
      : operator === "subtract"
        ? first - second
        : operator === "multiply"
          ? first * second
          : second === 0
            ? Number.NaN
            : first / second;
  // There is no -0 in Python's whole numbers.
  return Number.isFinite(result) ? result + 0 : null;
}

function numberOf(value: Json): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const text = value.trim();
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** `value` as a value of that kind; undefined where it is none. */
export function asKind(value: Json, kind: string): Json | undefined {
  if (kind === "any") return value;
  if (kind.startsWith("list")) {
    if (!Array.isArray(value)) return undefined;
    const inner = kind.replace(/^list_?/, "");
    if (!inner) return value;
    const items = value.map((item) => asKind(item, inner));
    return items.includes(undefined) ? undefined : (items as Json[]);
  }
  const isStructure = value !== null && typeof value === "object";
  if (kind === "object") return isStructure && !Array.isArray(value) ? (value as JsonObject) : undefined;
  if (kind === "text") return isStructure ? undefined : value === null ? "" : String(value);
  if (kind === "boolean") {
    if (typeof value === "boolean") return value;
    return value === "true" || value === "false" ? value === "true" : undefined;
  }
  if (kind === "number") return numberOf(value) ?? undefined;
  return undefined;
}
