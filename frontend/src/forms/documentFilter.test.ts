import { expect, it } from "vitest";
import {
  fieldsOfAll,
  filterOf,
  filterToJson,
  lacksItsValue,
  operatorsOf,
  withField,
  withOperator,
} from "./documentFilter";

const condition = { field: "Team", operator: "contains", value: "a", skip_empty: false };

it("reads what is drawn, and gives it back the same", () => {
  const drawn = { match: "any", conditions: [{ ...condition, skip_empty: true }] };

  expect(filterToJson(filterOf(drawn))).toEqual(drawn);
  expect(filterOf({ conditions: [{ field: 3 }, null] }).conditions.map((c) => c.operator)).toEqual([
    "is",
    "is",
  ]);
  expect(filterOf(undefined)).toEqual({ match: "all", conditions: [] });
});

it("keeps a comparison that fits another field, and nothing that does not", () => {
  expect(withField(condition, "Place", "text", "text")).toEqual({ ...condition, field: "Place" });
  expect(withField(condition, "Until", "text", "date")).toEqual({
    field: "Until",
    operator: "is",
    value: null,
    skip_empty: false,
  });
});

it("forgets the value where nothing is compared", () => {
  expect(withOperator(condition, "is_empty").value).toBeNull();
  expect(withOperator(condition, "is_not").value).toBe("a");
});

it("shows a comparison that does not fit, so that it can be put right", () => {
  expect(operatorsOf("boolean", "gt")).toEqual(["is_true", "is_false", "is_empty", "is_not_empty", "gt"]);
});

it("offers each field of several collections once", () => {
  const team = { name: "Team", kind: "text" } as const;

  expect(fieldsOfAll([{ fields: [team] }, { fields: [team, { name: "Year", kind: "number" }] }])).toEqual([
    team,
    { name: "Year", kind: "number" },
  ]);
});

it("tells a condition that no document can fit, as there is nothing to compare with", () => {
  expect([null, "", "  "].map((value) => lacksItsValue({ ...condition, value }))).toEqual([true, true, true]);
  expect([0, "0", "{{ start_1.query }}"].some((value) => lacksItsValue({ ...condition, value }))).toBe(false);
  expect(lacksItsValue({ ...condition, operator: "is_empty", value: null })).toBe(false);
});
