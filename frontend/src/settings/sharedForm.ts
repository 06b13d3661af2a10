import type { Json, SharedInfo, SharedKind } from "@/api/types";
import { fits } from "@/forms/kinds/kinds";

export const SHARED_KINDS = ["text", "number", "boolean", "list", "object"] as const satisfies SharedKind[];

export interface SharedForm {
  readonly name: string;
  readonly type: SharedKind;
  readonly value: Json;
  readonly description: string;
}

export type SharedFault = "missing" | "badName" | "misfit";
export type SharedFaults = Partial<Record<keyof SharedForm, SharedFault>>;

/** As the server reads names; see `nodes/sdk/variables.py`. */
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,49}$/u;

const EMPTY: Record<SharedKind, Json> = { text: "", number: null, boolean: false, list: [], object: {} };

export const formOf = (shared: SharedInfo | null): SharedForm =>
  shared
    ? {
        name: shared.name,
        type: shared.type,
        value: shared.value as Json,
        description: shared.description,
      }
    : { name: "", type: "text", value: "", description: "" };

/** The form with another kind: a value that is not of it gives way to nothing of it. */
export const withKind = (form: SharedForm, type: SharedKind): SharedForm => ({
  ...form,
  type,
  value: form.value !== null && fits(form.value, type) ? form.value : EMPTY[type],
});

/** What is missing or does not fit. The server knows the rest. */
export function faultsOf(form: SharedForm): SharedFaults {
  const faults: SharedFaults = {};
  if (!form.name.trim()) faults.name = "missing";
  else if (!NAME.test(form.name.trim())) faults.name = "badName";
  if (form.value === null) faults.value = "missing";
  else if (!fits(form.value, form.type)) faults.value = "misfit";
  return faults;
}
