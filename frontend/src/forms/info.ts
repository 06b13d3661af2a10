/** Information from earlier steps, as the form's fields see it. The editor provides it; nothing here knows of graphs. */

import { createContext, useContext } from "react";
import type { Json, Model, ModelKind } from "@/api/types";
import type { InfoRef } from "./template/syntax";

export type InfoKind = "text" | "number" | "yesno" | "list" | "object" | "any";

export interface InfoField {
  readonly path: readonly string[];
  readonly title: string;
  readonly kind: InfoKind;
}

export interface InfoStep {
  readonly node: string;
  readonly type: string;
  readonly title: string;
  readonly group: string;
  readonly fields: readonly InfoField[];
}

export type UsualModels = Readonly<Partial<Record<ModelKind, string>>>;

/** What surrounds a form: the information in reach, nearest step first, and the models to choose from. */
export interface FormWorld {
  readonly info: readonly InfoStep[];
  /** The same for a field that is filled after each round of the steps inside: those too. */
  readonly inside: readonly InfoStep[];
  /** The names of what steps remember for the whole run. */
  readonly variables: readonly string[];
  /** Whether the workspace shares no information between its apps yet, so that the menu says where to add some. */
  readonly sharesNothing?: boolean;
  /** What the form holds can be read, and nothing of it changed. */
  readonly isReadOnly?: boolean;
  /** The value this information last had, or undefined. */
  readonly lastValue: (node: string, path: readonly string[]) => Json | undefined;
  readonly models: readonly Model[];
  /** The model of each kind that is used where none is chosen; "" or nothing where there is none. */
  readonly usual: UsualModels;
}

const NOWHERE: FormWorld = {
  info: [],
  inside: [],
  variables: [],
  lastValue: () => undefined,
  models: [],
  usual: {},
};

export const FormWorldContext = createContext<FormWorld>(NOWHERE);

export const useFormWorld = (): FormWorld => useContext(FormWorldContext);

export interface KnownInfo {
  readonly step: InfoStep;
  readonly field: InfoField | null;
  /** What a chip says behind the step's title. */
  readonly title: string;
  readonly kind: InfoKind;
}

/** What a reference names, or null when no step in reach gives it. */
export function findInfo(info: readonly InfoStep[], ref: Pick<InfoRef, "node" | "path">): KnownInfo | null {
  const step = info.find((s) => s.node === ref.node);
  if (!step) return null;
  if (ref.path.length === 0) return { step, field: null, title: "", kind: "object" };
  for (let depth = ref.path.length; depth > 0; depth--) {
    const head = ref.path.slice(0, depth).join(".");
    const field = step.fields.find((f) => f.path.join(".") === head);
    if (!field) continue;
    const rest = ref.path.slice(depth);
    if (rest.length === 0) return { step, field, title: field.title, kind: field.kind };
    // Deeper than the shape tells: possible inside a list or an object without known fields.
    const isOpen = field.kind === "any" || field.kind === "list" || isLeafObject(step, field);
    return isOpen ? { step, field, title: [field.title, ...rest].join(" › "), kind: "any" } : null;
  }
  return null;
}

function isLeafObject(step: InfoStep, field: InfoField): boolean {
  const head = `${field.path.join(".")}.`;
  return field.kind === "object" && !step.fields.some((f) => f.path.join(".").startsWith(head));
}

/** A short plain rendering of a value, for previews. */
export function preview(value: Json | undefined, length = 60): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
