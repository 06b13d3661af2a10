import type { ModelKind, ModelRules } from "@/api/types";

/** What is said of a model; its id stands beside it. */
export type Rules = Omit<ModelRules, "model">;

export const NO_RULES: Rules = {
  at_once: null,
  requests_a_minute: null,
  tokens_a_minute: null,
  prompt_price: null,
  completion_price: null,
  unit_price: null,
  stand_ins: [],
};

export const LIMITS = ["at_once", "requests_a_minute", "tokens_a_minute"] as const;
export const PRICES = ["prompt_price", "completion_price"] as const;
export const MOST_STAND_INS = 5;

export function isFree(rules: Rules): boolean {
  const said = [...LIMITS, ...PRICES, "unit_price" as const];
  return said.every((name) => rules[name] === null) && rules.stand_ins.length === 0;
}

/** What a model is paid by that is not paid by tokens. */
export const UNITS: Partial<Record<ModelKind, "minute" | "characters" | "picture">> = {
  transcription: "minute",
  speech: "characters",
  image: "picture",
};

/** The fields of the price of a model, and by which words each is known. */
export function pricesOf(kind: ModelKind) {
  const unit = UNITS[kind];
  if (unit) return [{ name: "unit_price", words: unit }] as const;
  return PRICES.map((name) => ({ name, words: name }));
}

/** The field of a price that lacks its other half. */
export function halfPrice({ prompt_price, completion_price }: Rules): (typeof PRICES)[number] | null {
  if ((prompt_price === null) === (completion_price === null)) return null;
  return prompt_price === null ? "prompt_price" : "completion_price";
}
