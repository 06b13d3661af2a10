import type { i18n } from "i18next";
import type { Json, JsonObject } from "@/api/types";

/** An action in words; one that these pages do not know yet (the server is newer) by its own name. */
export function actionWords(i18next: i18n, action: string): string {
  const key = `audit:action.${action}`;
  return i18next.exists(key) ? i18next.t(key as never) : action;
}

export function groupWords(i18next: i18n, group: string): string {
  const key = `audit:group.${group}`;
  return i18next.exists(key) ? i18next.t(key as never) : group;
}

/** Details as pairs to be read: nested ones by dotted names, lists with commas, nothing left out. */
export function detailPairs(details: JsonObject, before = ""): [string, string][] {
  return Object.entries(details).flatMap(([name, value]): [string, string][] => {
    const path = before ? `${before}.${name}` : name;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return detailPairs(value, path);
    return [[path.replaceAll("_", " "), shown(value)]];
  });
}

const shown = (value: Json): string =>
  Array.isArray(value)
    ? value.map(shown).join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
