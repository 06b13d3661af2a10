import { expect, test } from "vitest";
import { fits } from "@/forms/kinds/kinds";
import { nameFault, type Remembered } from "./memory";

const row = (name: string, scope: string): Remembered => ({
  name,
  scope,
  type: "text",
  default: null,
  title: "",
});

test("a name begins with a letter and is free within its scope", () => {
  const rows = [row("count", "run"), row("count", "conversation"), row("名字", "run")];

  expect(nameFault("count", "run", rows, 0)).toBe(null);
  expect(nameFault("count", "run", rows, 2)).toBe("taken");
  expect(nameFault("名字_2", "run", rows, 0)).toBe(null);
  for (const bad of ["", "2nd", "a b", "a.b", "a".repeat(51)])
    expect(nameFault(bad, "run", rows, 0)).toBe("bad");
});

test.each([
  ["text", "a", 1],
  ["number", 1, "1"],
  ["boolean", false, "no"],
  ["object", { a: 1 }, [1]],
  ["list", [1, "a"], "a"],
  ["list_text", ["a"], ["a", 1]],
  ["list_number", [1], [null]],
  ["list_object", [{}], [[]]],
])("what begins a %s is one", (kind, good, bad) => {
  expect(fits(good, kind)).toBe(true);
  expect(fits(null, kind)).toBe(true);
  expect(fits(bad, kind)).toBe(false);
});
