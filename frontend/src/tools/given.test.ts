import { expect, it } from "vitest";
import { takenBy } from "@/forms/tools/taken";
import { givenBy, says } from "./given";

const schema = {
  type: "object",
  properties: {
    city: { type: "string", description: "Where" },
    days: { type: ["integer", "null"] },
    kind: { type: "string", enum: ["rain", "sun"] },
    tags: { type: "array", items: { type: "string" } },
    place: { $ref: "#/$defs/place" },
    sure: { type: "boolean" },
  },
  required: ["city"],
};

it("knows what a tool takes by its schema", () => {
  const taken = takenBy(schema);

  expect(taken.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
    ["city", "paragraph", true],
    ["days", "number", false],
    ["kind", "choice", false],
    ["tags", "list", false],
    ["place", "object", false],
    ["sure", "boolean", false],
  ]);
});

it("takes nothing from what is no schema", () => {
  expect(takenBy(null)).toEqual([]);
  expect(takenBy({ properties: ["a"] })).toEqual([]);
});

it("reads what was typed as its kind, and names what it cannot read", () => {
  const typed = { city: "12", days: "three", tags: "a\nb", place: '{"x": 1}', sure: "true" };

  const { given, broken } = givenBy(takenBy(schema), typed);

  expect(given).toEqual({ city: "12", tags: ["a", "b"], place: { x: 1 }, sure: true });
  expect(broken).toEqual(["days"]);
});

it("knows a text that says the data once more", () => {
  expect(says('{ "number": "A-17" }', { number: "A-17" })).toBe(true);
  expect(says("Order A-17", { number: "A-17" })).toBe(false);
  expect(says("17", null)).toBe(false);
});
