import { expect, it } from "vitest";
import type { Json } from "@/api/types";
import type { InfoStep } from "../info";
import { choicesFor } from "./choices";

const steps: InfoStep[] = [
  {
    node: "tool_1",
    type: "tool",
    title: "Look it up",
    group: "Do",
    fields: [
      { path: ["text"], title: "Answer", kind: "text" },
      { path: ["data"], title: "Data", kind: "any" },
      { path: ["told"], title: "Told", kind: "object" },
      { path: ["told", "a"], title: "Told › a", kind: "text" },
    ],
  },
];
const last: Record<string, Json> = {
  text: "plain",
  data: {
    status: "on its way",
    items: [{ name: "cake", count: 2 }, { other: 1 }],
    deep: { a: { b: { c: 1 } } },
  },
  told: { a: "x", b: "y" },
};
const seen = (query = "", lastValue = (_: string, path: readonly string[]) => last[path[0] ?? ""]) =>
  choicesFor(steps, query, lastValue).map(({ field }) => `${field.path.join(".")} ${field.kind}`);

it("offers the parts that open data had last time, and nothing where a step tells what it gives", () => {
  expect(seen()).toEqual([
    "text text",
    "data any",
    "data.status text",
    "data.items list",
    "data.items.0 object",
    "data.items.0.name text",
    "data.items.0.count number",
    "data.deep object",
    "data.deep.a object",
    "data.deep.a.b object",
    "told object",
    "told.a text",
  ]);
});

it("offers what steps tell while nothing was seen", () => {
  expect(seen("", () => undefined)).toEqual(["text text", "data any", "told object", "told.a text"]);
});

it("finds a part by its name", () => {
  expect(seen("status")).toEqual(["data.status text"]);
});
