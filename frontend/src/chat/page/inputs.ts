import type { Json, JsonObject } from "@/api/types";
import type { InputField } from "./visitorApi";

export type InputFault = "required" | "notNumber" | "notObject" | "tooLong" | "busy";
/** Files that were chosen: the ids of those that have arrived, and whether others are on their way. */
export interface DraftFiles {
  ids: string[];
  isBusy: boolean;
}
/** What stands in the form: text as typed, yes/no, or files. */
export type Draft = Record<string, string | boolean | DraftFiles>;

export function draftOf(fields: InputField[]): Draft {
  return Object.fromEntries(
    fields.map(({ name, type, default: preset }) => [
      name,
      type === "boolean" ? preset === true : textOf(preset),
    ]),
  );
}

/**
 * The fields with what the website around says of its visitor, as JSON behind the # of the address. It counts as what a
 * visitor types, no more: whoever they say they are is not proved by it. What the app does not ask for is left out.
 */
export function givenBefore(fields: InputField[], hash: string): InputField[] {
  const given = objectIn(decoded(hash.slice(1)));
  return fields.map((field) => {
    const value = given && Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    const isFitting = value !== undefined && value !== null && !isFile(field) && isOffered(field, value);
    return isFitting ? { ...field, default: value } : field;
  });
}

/** The values with which the conversation can begin at once: all that is asked for was given before. */
export function wholeBefore(fields: InputField[], given: InputField[]): Record<string, Json> | null {
  if (fields.length === 0 || given.some((field, i) => field === fields[i])) return null;
  const { values, faults } = readDraft(given, draftOf(given));
  return Object.keys(faults).length === 0 ? values : null;
}

const isFile = ({ type }: InputField) => type === "file" || type === "files";
const isOffered = ({ type, options = [] }: InputField, value: Json) =>
  type !== "choice" || options.some((option) => option === value);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function textOf(preset: Json | undefined): string {
  if (preset === null || preset === undefined) return "";
  if (Array.isArray(preset)) return preset.join("\n");
  return typeof preset === "object" ? JSON.stringify(preset, null, 2) : String(preset);
}

/** The values to send, or what is wrong with each field. Empty optional fields are left out. */
export function readDraft(
  fields: InputField[],
  draft: Draft,
): { values: Record<string, Json>; faults: Record<string, InputFault> } {
  const values: Record<string, Json> = {};
  const faults: Record<string, InputFault> = {};
  for (const { name, type, required, max_length, max_items } of fields) {
    const given = draft[name] ?? "";
    if (typeof given === "boolean") {
      values[name] = given;
      continue;
    }
    if (typeof given === "object") {
      const [first] = given.ids;
      if (given.isBusy) faults[name] = "busy";
      else if (first === undefined) {
        if (required) faults[name] = "required";
      } else values[name] = type === "files" ? given.ids : first;
      continue;
    }
    const text = given.trim();
    if (!text) {
      if (required) faults[name] = "required";
    } else if (type === "number") {
      const number = Number(text.replace(",", "."));
      if (Number.isFinite(number)) values[name] = number;
      else faults[name] = "notNumber";
    } else if (type === "list") {
      const lines = text.split("\n").map((line) => line.trim());
      const items = lines.filter((line) => line !== "");
      values[name] = items;
      if (items.length > (max_items ?? 1000)) faults[name] = "tooLong";
    } else if (type === "object") {
      const value = objectIn(text);
      if (value) values[name] = value;
      else faults[name] = "notObject";
    } else {
      values[name] = text;
      // Counted as the server counts: characters, not the halves that some are made of.
      if ([...text].length > (max_length ?? 32_000)) faults[name] = "tooLong";
    }
  }
  return { values, faults };
}

function objectIn(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
