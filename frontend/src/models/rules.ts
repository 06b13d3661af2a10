import type { ModelRules } from "@/api/types";

/** What is said of a model; its id stands beside it. */
export type Rules = Omit<ModelRules, "model">;

export const NO_RULES: Rules = {
  at_once: null,
  requests_a_minute: null,
  tokens_a_minute: null,
  prompt_price: null,
  completion_price: null,
  stand_ins: [],
};

export const LIMITS = ["at_once", "requests_a_minute", "tokens_a_minute"] as const;
export const PRICES = ["prompt_price", "completion_price"] as const;
export const MOST_STAND_INS = 5;

export function isFree(rules: Rules): boolean {
  return [...LIMITS, ...PRICES].every((name) => rules[name] === null) && rules.stand_ins.length === 0;
}

/** The field of a price that lacks its other half. */
export function halfPrice({ prompt_price, completion_price }: Rules): (typeof PRICES)[number] | null {
  if ((prompt_price === null) === (completion_price === null)) return null;
  return prompt_price === null ? "prompt_price" : "completion_price";
}
