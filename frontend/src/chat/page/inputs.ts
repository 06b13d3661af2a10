import type { Json } from "@/api/types";
import type { InputField } from "./visitorApi";

export type InputFault = "required" | "notNumber";
/** What stands in the form: text as typed, or yes/no. */
export type Draft = Record<string, string | boolean>;

export function draftOf(fields: InputField[]): Draft {
  return Object.fromEntries(
    fields.map(({ name, type, default: preset }) => [
      name,
      type === "boolean" ? preset === true : preset === null || preset === undefined ? "" : String(preset),
    ]),
  );
}

/** The values to send, or what is wrong with each field. Empty optional fields are left out. */
export function readDraft(
  fields: InputField[],
  draft: Draft,
): { values: Record<string, Json>; faults: Record<string, InputFault> } {
  const values: Record<string, Json> = {};
  const faults: Record<string, InputFault> = {};
  for (const { name, type, required } of fields) {
    const given = draft[name] ?? "";
    if (typeof given === "boolean") {
      values[name] = given;
      continue;
    }
    const text = given.trim();
    if (!text) {
      if (required) faults[name] = "required";
    } else if (type === "number") {
      const number = Number(text.replace(",", "."));
      if (Number.isFinite(number)) values[name] = number;
      else faults[name] = "notNumber";
    } else {
      values[name] = text;
    }
  }
  return { values, faults };
}
