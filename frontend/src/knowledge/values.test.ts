import { expect, test } from "vitest";
import type { FieldValue, KnowledgeDocument } from "@/api/types";
import { shared } from "./values";

const having = (...values: Record<string, FieldValue>[]) =>
  values.map((each) => ({ values: each }) as KnowledgeDocument);

test("several documents show a value that all of them have", () => {
  expect(shared(having({ year: 2026 }, { year: 2026 }), "year")).toEqual({ value: 2026, differs: false });
});

test("a value that only some have is not shown as that of all", () => {
  expect(shared(having({ year: 2026 }, {}), "year")).toEqual({ value: null, differs: true });
});

test("no is a value and nothing is none", () => {
  expect(shared(having({ open: false }, { open: false }), "open")).toEqual({ value: false, differs: false });
  expect(shared(having({}, {}), "open")).toEqual({ value: null, differs: false });
});
