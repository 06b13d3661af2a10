/** What one run of the app may take, as a person says it. */

import type { Problem, RunLimits } from "@/api/types";

export type LimitName = "steps" | "wall_s" | "tokens" | "cost";

/** In the order of the form. `least` is the smallest that the server takes. */
export const LIMITS: readonly { name: LimitName; least: number; isWhole: boolean; step: number }[] = [
  { name: "steps", least: 1, isWhole: true, step: 10 },
  { name: "wall_s", least: 1, isWhole: false, step: 30 },
  { name: "tokens", least: 1, isWhole: true, step: 1_000 },
  { name: "cost", least: 0, isWhole: false, step: 0.1 },
];

/** The limits with one of them changed. Always an object: leaving it away would mean to keep what was. */
export function withLimit(
  limits: RunLimits | null | undefined,
  name: LimitName,
  value: number | null,
): RunLimits {
  const said = Object.entries({ ...limits, [name]: value });
  return Object.fromEntries(said.filter(([, each]) => each !== null && each !== undefined));
}

const PLACE = "limits.";

/** The limit a problem is about; null for problems of other kinds. */
export const limitOf = ({ node, field }: Problem): string | null =>
  !node && field?.startsWith(PLACE) ? field.slice(PLACE.length) : null;
