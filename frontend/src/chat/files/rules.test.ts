import { expect, it } from "vitest";
import en from "@/i18n/en/chat.json";
import { chooserOf, faultOf, rulesOf } from "./rules";

it("takes one file, or as many as were asked for and never more than twenty", () => {
  expect(rulesOf({ kind: "file", max_items: 5 }).most).toBe(1);
  expect(rulesOf({ kind: "files" }).most).toBe(20);
  expect(rulesOf({ kind: "files", max_items: 3 }).most).toBe(3);
  expect(rulesOf({ kind: "files", max_items: 99 }).most).toBe(20);
});

it("offers the kinds that are asked for, and everything where none is", () => {
  expect(chooserOf(rulesOf({ kind: "file" }))).toBeUndefined();
  expect(chooserOf(rulesOf({ kind: "file", accepts: ["image", "document"] }))).toMatch(/^image\/\*,\.pdf/);
});

it("says at once what need not be sent", () => {
  const rules = rulesOf({ kind: "file", max_mb: 1 });

  expect(faultOf({ name: "a.txt", size: 0 }, rules, en.files)).toBe("There is nothing in a.txt.");
  expect(faultOf({ name: "a.txt", size: 1024 * 1024 + 1 }, rules, en.files)).toBe(
    "a.txt is larger than 1 MB.",
  );
  expect(faultOf({ name: "a.txt", size: 1024 * 1024 }, rules, en.files)).toBeNull();
});
