import { expect, test } from "vitest";
import { widgetName } from "@/forms/schema";
import { changedFields, formOf, withWays } from "./values";

const form = (value: Parameters<typeof formOf>[0], properties = {}) =>
  formOf(value, { schema: { properties }, title: (name) => `The ${name}` });
const widgets = (schema: ReturnType<typeof formOf>) =>
  Object.fromEntries(
    Object.entries(schema.properties as Record<string, Record<string, never>>).map(([name, field]) => [
      name,
      widgetName(field),
    ]),
  );

test("each value gets the field that fits it, whatever the schema let in", () => {
  const value = {
    words: "Hi",
    count: 3,
    sure: true,
    none: null,
    tags: ["a", "b"],
    place: { city: "Bern", number: 8 },
    passages: [
      { text: "One", score: 0.5 },
      { text: "Two", score: 0.25 },
    ],
    mixed: [1, "two", null],
    empty: {},
  };

  expect(widgets(form(value, { words: { "x-ui": { widget: "template" } } }))).toEqual({
    words: "paragraph",
    count: "number",
    sure: "toggle",
    none: "paragraph",
    tags: "list",
    place: "group",
    passages: "rows",
    mixed: "json",
    empty: "json",
  });
});

test("the fields stand in the order of the step's own form, and choices stay choices", () => {
  const known = {
    mood: {
      oneOf: [
        { const: "warm", title: "Warm" },
        { const: "dry", title: "Dry" },
      ],
    },
    words: { type: "string" },
  };
  const drawn = form({ extra: 1, words: "Hi", mood: "dry" }, known);

  expect(Object.keys(drawn.properties as object)).toEqual(["mood", "words", "extra"]);
  expect(drawn.properties).toMatchObject({
    mood: {
      title: "The mood",
      oneOf: [
        { const: "warm", title: "Warm" },
        { const: "dry", title: "Dry" },
      ],
    },
  });
  expect(widgets(form({ mood: "neither" }, known))).toEqual({ mood: "paragraph" });
});

test("what is known by an id, and what each round looks at, stays as it is", () => {
  expect(form({ app: "1c6f" }, { app: { "x-ui": { widget: "workflow" } } }).properties).toEqual({});
  expect(form({ until: "x" }, { until: { "x-ui": { scope: "inside" } } }).properties).toEqual({});
});

test("only what was changed is an edit", () => {
  expect(changedFields({ a: 1, b: { c: [1] }, d: "x" }, { a: 1, b: { c: [1, 2] }, d: "x" })).toEqual({
    b: { c: [1, 2] },
  });
});

test("a field that says by which way a step left is a choice between its ways", () => {
  const ways = [
    { name: "case_1", title: "Angry" },
    { name: "else", title: "Otherwise" },
  ];
  const output = { case: "case_1", title: "Angry" };
  const known = { properties: { case: { type: "string", title: "Path" } } };
  const schema = withWays(known, output, "case_1", ways);

  expect(schema.properties).toEqual({
    case: {
      type: "string",
      title: "Path",
      oneOf: [
        { const: "case_1", title: "Angry" },
        { const: "else", title: "Otherwise" },
      ],
    },
  });
  expect(withWays(known, output, "out", ways)).toBe(known);
  expect(withWays(known, output, "case_1", ways.slice(0, 1))).toBe(known);
});
