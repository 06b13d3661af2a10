import { describe, expect, test } from "vitest";
import { onlyRef, parseTemplate, refsIn, renameRefs, writeRef } from "./syntax";

const written = (template: string) =>
  parseTemplate(template)
    .map((s) => (s.kind === "text" ? s.text : s.raw))
    .join("");
const kinds = (template: string) => parseTemplate(template).map((s) => (s.kind === "text" ? s.text : s.node));

describe("parseTemplate", () => {
  test.each([
    "",
    "plain",
    "Hi {{ start_1.query }}!",
    '{{ a.b | default("x") }}',
    "{{a.b}}{{ c.d }}",
    "{{ a.b | default('}}') }} tail",
    "{{ not closed",
    "{{ a }} and {{ 1+1 }} and { { x } }",
    "it's {{ a.b }} isn't it {{ c",
    "{{{{ a.b }}}}",
    "多行\n{{ start_1.查询 }}\n结束",
  ])("gives back what it was given: %j", (template) => {
    expect(written(template)).toBe(template);
  });

  test("finds references, their path and their filters", () => {
    expect(parseTemplate('Say {{ prompt_1.data.city | default("x") | upper }} now')).toEqual([
      { kind: "text", text: "Say " },
      {
        kind: "info",
        raw: '{{ prompt_1.data.city | default("x") | upper }}',
        node: "prompt_1",
        path: ["data", "city"],
        filters: '| default("x") | upper',
      },
      { kind: "text", text: " now" },
    ]);
  });

  test("braces in a filter's quoted text do not end the expression", () => {
    expect(kinds('{{ a.b | default("}}") }}x')).toEqual(["a", "x"]);
  });

  test("keys may be quoted, and places in a list are numbers", () => {
    expect(parseTemplate('{{ a.data["my key"][0] }}')).toMatchObject([
      { node: "a", path: ["data", "my key", "0"] },
    ]);
    expect(parseTemplate(writeRef("a", ["data", "my key"]))).toMatchObject([{ path: ["data", "my key"] }]);
  });

  test("what is not a reference stays text", () => {
    expect(kinds("{{ 1 + 1 }} {{ A.b }} {{ }}")).toEqual(["{{ 1 + 1 }} {{ A.b }} {{ }}"]);
  });
});

test("onlyRef knows a template that is exactly one reference", () => {
  expect(onlyRef(" {{ a.b }} ")?.path).toEqual(["b"]);
  expect(onlyRef("{{ a.b }} and")).toBeNull();
  expect(onlyRef("{{ a.b }}{{ c.d }}")).toBeNull();
  expect(onlyRef(3)).toBeNull();
});

test("writeRef is read back by parseTemplate", () => {
  expect(parseTemplate(writeRef("a_1", ["b"], '| default("x")'))).toMatchObject([
    { node: "a_1", path: ["b"], filters: '| default("x")' },
  ]);
});

test("refsIn looks into lists and objects", () => {
  const config = { text: "{{ a.x }}", cases: [{ left: "{{ b.y }}", n: 3 }], nothing: null };

  expect(refsIn(config).map((r) => r.node)).toEqual(["a", "b"]);
});

test("renameRefs follows new names and leaves the rest as written", () => {
  const config = { text: "Hi {{a_1.x|upper}} {{ b_1.y }}", list: ["{{ a_1.z }}"] };

  expect(renameRefs(config, new Map([["a_1", "a_2"]]))).toEqual({
    text: "Hi {{a_2.x|upper}} {{ b_1.y }}",
    list: ["{{ a_2.z }}"],
  });
});
