/** Another app that a step uses: which one, in which version, and what is wrong with the choice. */

import type { Json, UsableApp } from "@/api/types";

/** The version by its number; null for the latest that is published. */
export const numberOf = (version: Json | undefined): number | null =>
  typeof version === "number" ? version : null;

export type Trouble = "gone" | "never" | "off" | "version" | "circle";

/**
 * Why the app cannot be used as it is chosen: it is not there ("gone"), was never published ("never") or is not now
 * ("off"), has no such version ("version"), or uses the app that would use it ("circle"). Null if it can.
 */
export function troubleWith(app: UsableApp | undefined, number: number | null): Trouble | null {
  if (!app) return "gone";
  const wanted = number ?? app.latest;
  if (wanted === null) return app.versions.length > 0 ? "off" : "never";
  const version = app.versions.find((one) => one.number === wanted);
  if (!version) return "version";
  return version.closes_circle ? "circle" : null;
}

/** May it be chosen at all, in some version? */
export const isUsable = (app: UsableApp): boolean => app.versions.some((one) => !one.closes_circle);
