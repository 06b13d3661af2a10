export type Sureness = "high" | "middle" | "low";

/** A word for how sure the search is of a passage; `score` runs from 0 to 1. */
export function sureness(score: number): Sureness {
  if (score >= 0.65) return "high";
  return score >= 0.35 ? "middle" : "low";
}
