import { expect, it } from "vitest";
import { halfPrice, isFree, NO_RULES, pricesOf } from "./rules";

it("is free of rules only when nothing is said", () => {
  expect(isFree(NO_RULES)).toBe(true);
  expect(isFree({ ...NO_RULES, prompt_price: 0, completion_price: 0 })).toBe(false);
  expect(isFree({ ...NO_RULES, stand_ins: ["practice"] })).toBe(false);
  expect(isFree({ ...NO_RULES, at_once: 1 })).toBe(false);
});

it("is priced by the tokens of what is read and written, or by what else counts", () => {
  expect(pricesOf("chat").map(({ name }) => name)).toEqual(["prompt_price", "completion_price"]);
  expect(pricesOf("image")).toEqual([{ name: "unit_price", words: "picture" }]);
  expect(isFree({ ...NO_RULES, unit_price: 0 })).toBe(false);
});

it("names the half of a price that is missing", () => {
  expect(halfPrice(NO_RULES)).toBeNull();
  expect(halfPrice({ ...NO_RULES, prompt_price: 0 })).toBe("completion_price");
  expect(halfPrice({ ...NO_RULES, completion_price: 2 })).toBe("prompt_price");
  expect(halfPrice({ ...NO_RULES, prompt_price: 1, completion_price: 0 })).toBeNull();
});
