import { describe, expect, test } from "vitest";
import {
  casesOf,
  casesToJson,
  freshCase,
  freshCondition,
  operatorsFor,
  operatorsOf,
  withLeft,
  withOperator,
} from "./conditions";

const KNOWN = ["is", "is_not", "contains", "gt", "is_true", "is_false", "is_empty", "matches_any"];

test("comparisons follow the kind of information", () => {
  expect(operatorsFor("number", KNOWN, "is")).toEqual(["is", "is_not", "gt", "is_empty"]);
  expect(operatorsFor("yesno", KNOWN, "")).toEqual(["is_true", "is_false", "is_empty"]);
  expect(operatorsFor("text", KNOWN, "is")).not.toContain("gt");
});

test("a comparison that no longer fits stays to be seen", () => {
  expect(operatorsFor("yesno", KNOWN, "contains")).toContain("contains");
});

test("the schema tells which comparisons there are", () => {
  const schema = {
    properties: { conditions: { items: { properties: { operator: { enum: KNOWN } } } } },
  };

  expect(operatorsOf(schema)).toEqual(KNOWN);
  expect(operatorsOf({})).toEqual([]);
  const titled = KNOWN.map((o) => ({ const: o, title: o }));
  expect(
    operatorsOf({ properties: { conditions: { items: { properties: { operator: { oneOf: titled } } } } } }),
  ).toEqual(KNOWN);
});

test("other information takes a comparison of its kind", () => {
  const about = freshCondition({ node: "a_1", path: ["text"] });

  expect(withLeft({ ...about, right: "x" }, "{{ a_1.done }}", "yesno", KNOWN)).toEqual({
    left: "{{ a_1.done }}",
    operator: "is_true",
    right: null,
  });
  expect(withLeft({ ...about, right: "x" }, "{{ a_1.mood }}", "text", KNOWN).right).toBe("x");
});

describe("withOperator", () => {
  const condition = { left: "{{ a_1.text }}", operator: "is", right: "refund" as string | string[] };

  test("a list of words and a text turn into each other", () => {
    const listed = withOperator(condition, "matches_any");
    expect(listed.right).toEqual(["refund"]);
    expect(withOperator({ ...listed, right: ["a", "b"] }, "contains").right).toBe("a, b");
  });

  test("what needs nothing to compare with has nothing", () => {
    expect(withOperator(condition, "is_empty").right).toBeNull();
  });
});

test("names of new cases are free and not reserved", () => {
  const first = freshCase([], "A", freshCondition(null));
  const second = freshCase([first], "B", freshCondition(null));

  expect(new Set([first.name, second.name, "else", "error", "out"]).size).toBe(5);
});

test("cases survive being read and written, and odd values do no harm", () => {
  const cases = [
    { name: "a", title: "A", match: "any", conditions: [{ left: "{{ x_1.y }}", operator: "is", right: 3 }] },
  ];

  expect(casesToJson(casesOf(cases))).toEqual(cases);
  expect(casesOf([null, 3, { conditions: "no" }])).toHaveLength(3);
  expect(casesOf("nothing")).toEqual([]);
});
