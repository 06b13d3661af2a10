/**
 * What a run remembers, as its facts tell it. Each piece goes by the name under which steps refer to it: `vars.total`,
 * `conversation.name`, `loop_1.sum`; of a loop in a loop, or of an app used inside, with the path before it:
 * `loop_1[2].loop_2.sum`, `sub_workflow_1[0].vars.total`.
 */

import type { Json, RunEvent } from "@/api/types";
import { isApart } from "./apart";
import { asKind, type Change, changeAs } from "./change";

export const RUN = "vars";
export const CONVERSATION = "conversation";

/** What one step changed, and what is worth telling of it: of a list never the whole. */
export interface Changing extends Change {
  /** The full name of what it changed. */
  readonly key: string;
  readonly operator: string;
}

export interface Declared {
  readonly type: string;
  readonly default: Json;
}

/** What the fold gives to be read and takes to be kept. */
export interface Memory {
  readonly variables: { readonly [key: string]: Json };
  readonly declared: { readonly [key: string]: Declared };
  /** What the conversation held when the run was last taken up; null outside a conversation. */
  readonly kept: { readonly [name: string]: Json } | null;
  readonly changes: { readonly [path: string]: readonly Changing[] };
}

export const NOTHING_REMEMBERED: Memory = { variables: {}, declared: {}, kept: null, changes: {} };

type Put = (key: string, value: Json) => void;

/** Takes in what the run's drawing declares; gives it by full name. */
export function declare(data: RunEvent["data"], put: Put): Memory["declared"] {
  const declared: Record<string, Declared> = {};
  for (const one of Array.isArray(data.variables) ? data.variables : []) {
    if (one === null || typeof one !== "object" || Array.isArray(one)) continue;
    const key = `${one.scope === CONVERSATION ? CONVERSATION : RUN}.${String(one.name)}`;
    declared[key] = { type: String(one.type), default: one.default ?? null };
    if (key.startsWith(`${RUN}.`)) put(key, one.default ?? null);
  }
  return declared;
}

/** What the conversation holds of the declared, else the defaults. */
export function recall(declared: Memory["declared"], kept: Memory["kept"], put: Put): void {
  for (const [key, one] of Object.entries(declared)) {
    if (!key.startsWith(`${CONVERSATION}.`)) continue;
    const held = kept?.[key.slice(CONVERSATION.length + 1)];
    put(key, (held === undefined || isApart(held) ? held : asKind(held, one.type)) ?? one.default);
  }
}

/** What a `variable_set` makes of what is remembered; null where it changes nothing. */
export function changed(data: RunEvent["data"], memory: Memory): { after: Json; change: Changing } | null {
  const name = String(data.name);
  const operator = typeof data.operator === "string" ? data.operator : "set";
  const inFrame = typeof data.frame === "string";
  const scope = data.scope === CONVERSATION ? CONVERSATION : RUN;
  const key = typeof data.loop === "string" ? `${data.loop}.${name}` : `${data.frame ?? ""}${scope}.${name}`;
  const says = typeof data.loop === "string" || inFrame;
  const kind = says ? String(data.type ?? "any") : (memory.declared[key]?.type ?? "any");
  const before = memory.variables[key] ?? (inFrame && !(key in memory.variables) ? data.default : null);
  const made = changeAs(kind, before ?? null, operator, data.value ?? null);
  return made && { after: made.after, change: { key, operator, ...made.told } };
}

export interface NamedValue {
  readonly name: string;
  readonly value: Json;
}

/** The values whose full names begin like that, in the order of their names. */
export function valuesOf({ variables }: Pick<Memory, "variables">, prefix: string): NamedValue[] {
  return Object.entries(variables)
    .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes("."))
    .map(([key, value]) => ({ name: key.slice(prefix.length), value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The paths of the loops that keep something from round to round, in the order in which they began. */
export function loopsIn({ changes }: Pick<Memory, "changes">): string[] {
  const own = ([path, all]: [string, readonly Changing[]]) =>
    all.some(({ key }) => key.startsWith(`${path}.`));
  return Object.entries(changes)
    .filter(own)
    .map(([path]) => path);
}

export interface RoundOfLoop {
  readonly round: number;
  /** What was told last in this round, by name. */
  readonly values: { readonly [name: string]: Changing };
}

/** What each round of the loop at `path` changed of what the loop keeps. Rounds that changed nothing are left out. */
export function roundsOfLoop({ changes }: Pick<Memory, "changes">, path: string): RoundOfLoop[] {
  const rounds = new Map<number, Record<string, Changing>>();
  for (const [at, all] of Object.entries(changes)) {
    if (!at.startsWith(`${path}[`)) continue;
    const round = Number(/^\d+/.exec(at.slice(path.length + 1))?.[0]);
    for (const change of all) {
      if (!change.key.startsWith(`${path}.`)) continue;
      const values = rounds.get(round) ?? {};
      values[change.key.slice(path.length + 1)] = change;
      rounds.set(round, values);
    }
  }
  return [...rounds].sort(([a], [b]) => a - b).map(([round, values]) => ({ round, values }));
}

/** The name without where it belongs: `total` of `loop_1[2].loop_2.total`. */
export const shortName = (key: string): string => key.slice(key.lastIndexOf(".") + 1);

/** The path of the loop that keeps it; null for what the run or the conversation remembers. */
export function loopOf(key: string): string | null {
  const owner = key.slice(0, key.lastIndexOf("."));
  const last = owner.slice(owner.lastIndexOf(".") + 1);
  return last === RUN || last === CONVERSATION ? null : owner;
}
