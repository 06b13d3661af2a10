import { expect, test } from "vitest";
import { choicesFor } from "./choices";
import { triggerIn } from "./trigger";

test.each([
  ["/", { start: 0, query: "" }],
  ["Hello /mess", { start: 6, query: "mess" }],
  ["你好/", { start: 2, query: "" }],
  ["Hello {", { start: 6, query: "" }],
  ["Hello {{ mess", { start: 6, query: "mess" }],
  ["(/", { start: 1, query: "" }],
  ["To /visitor message", { start: 3, query: "visitor message" }],
  ["To /visitor ", { start: 3, query: "visitor " }],
])("%j asks for information", (text, trigger) => {
  expect(triggerIn(text)).toEqual(trigger);
});

test.each(["and/or", "https://", "http:/", "a // b", "1/2", "a / b", "", "done }", "{{ a.b }} x"])(
  "%j does not",
  (text) => {
    expect(triggerIn(text)).toBeNull();
  },
);

test("what was typed narrows the choices by step and field, nearest first", () => {
  const field = (title: string) => ({ path: [title], title, kind: "text" as const });
  const step = (node: string, title: string, ...fields: string[]) => ({
    node,
    type: "x",
    title,
    group: "Talk",
    fields: fields.map(field),
  });
  const info = [step("a_1", "Ask AI", "Reply", "Mood"), step("s_1", "Visitor", "Message")];

  const titles = (query: string) => choicesFor(info, query).map((c) => c.field.title);

  expect(titles("")).toEqual(["Reply", "Mood", "Message"]);
  expect(titles("ask re")).toEqual(["Reply"]);
  expect(titles("MESS")).toEqual(["Message"]);
  expect(titles("zzz")).toEqual([]);
});
