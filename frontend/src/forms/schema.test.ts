import { expect, it } from "vitest";
import type { JsonSchema } from "@/api/types";
import { fieldsOf, inWords, optionsOf } from "./schema";

const when = (field: string, is: unknown) => ({ type: "string", "x-ui": { showWhen: { field, is } } });
const names = (form: JsonSchema, value = {}) => fieldsOf(form, value).main.map(({ name }) => name);

it("shows a field while the one it depends on is shown and has one of the values", () => {
  const form = {
    type: "object",
    properties: {
      method: { type: "string", default: "GET" },
      body: { ...when("method", ["POST", "PUT"]), default: "none" },
      data: when("body", "json"),
    },
  } as JsonSchema;

  expect(names(form)).toEqual(["method"]);
  expect(names(form, { method: "PUT" })).toEqual(["method", "body"]);
  expect(names(form, { method: "PUT", body: "json" })).toEqual(["method", "body", "data"]);
  expect(names(form, { method: "GET", body: "json" })).toEqual(["method"]);
});

it("survives fields that depend on one another", () => {
  const form = {
    type: "object",
    properties: { a: { ...when("b", "x"), default: "x" }, b: { ...when("a", "x"), default: "x" } },
  } as JsonSchema;

  expect(names(form)).toEqual(["a", "b"]);
});

it("says choices in the reader's language as far as there are words", () => {
  const schema = {
    type: "string",
    oneOf: [
      { const: "a", title: "One" },
      { const: "b", title: "Two" },
    ],
  } as JsonSchema;

  expect(optionsOf(inWords(schema, { options: { a: "一" } }))).toEqual([
    { value: "a", title: "一" },
    { value: "b", title: "Two" },
  ]);
  expect(inWords(schema, undefined)).toBe(schema);
});

it("shows an example in the reader's language where there is one", () => {
  const schema = { type: "string", "x-ui": { widget: "template", placeholder: "We are closed." } };

  expect(inWords(schema, { placeholder: "我们休息。" })["x-ui"]).toEqual({
    widget: "template",
    placeholder: "我们休息。",
  });
  expect(inWords(schema, { title: "消息" })).toBe(schema);
});
