import { expect, it } from "vitest";
import { numberOfText, stepped } from "./number";

it("reads what people type, with a point or a comma", () => {
  expect(numberOfText(" 12 ")).toBe(12);
  expect(numberOfText("0,5")).toBe(0.5);
  expect(numberOfText("")).toBeNull();
});

it("does not pass on what is no number or out of range", () => {
  expect(numberOfText("twelve")).toBeUndefined();
  expect(numberOfText("3", { max: 2 })).toBeUndefined();
  expect(numberOfText("-1", { min: 0 })).toBeUndefined();
});

it("steps without floating-point dust and stays in range", () => {
  expect(stepped(0.2, 1, { step: 0.1 })).toBe(0.3);
  expect(stepped(2, 1, { max: 2 })).toBe(2);
  expect(stepped(null, 1, { min: 5 })).toBe(6);
});
