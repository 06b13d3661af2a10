import { expect, it } from "vitest";
import type { GraphNode, JsonObject, JsonSchema } from "@/api/types";
import type { StepType } from "@/flow-kit/stepTypes";
import { type SentenceWords, sentenceOf } from "./sentence";

const words: SentenceWords = {
  info: (node, path) => `[${[node, ...path].join(" · ")}]`,
  model: (id) => id,
  app: (id) => id,
  version: String,
  list: (items) => items.join(", "),
  yesNo: String,
  condition: (field, operator, value) => `${field} ${operator} ${value}`.trim(),
  nothing: "…",
};

function said(sentence: string, properties: JsonObject, config: JsonObject, language = "en"): string {
  const fields = { does: { options: { split: "拆成列表" } } };
  const type = {
    sentence,
    help: "",
    config: { type: "object", properties } as JsonSchema,
    i18n: { zh: { sentence: "{does}：{text}", fields } },
  } as unknown as StepType;
  return sentenceOf({ config } as unknown as GraphNode, type, language, words);
}

it("names what is chosen in the reader's language", () => {
  const properties = { does: { oneOf: [{ const: "split", title: "Split it" }] }, text: { type: "string" } };
  const config = { does: "split", text: "{{ start_1.query }}" };

  expect(said("{does}: {text}", properties, config)).toBe("Split it: [start_1 · query]");
  expect(said("{does}: {text}", properties, config, "zh")).toBe("拆成列表：[start_1 · query]");
});

it("names what a repeating step keeps after that step", () => {
  const properties = { name: { type: "string", "x-ui": { widget: "variable" } } };

  expect(said("Changes {name}.", properties, { name: "loop_1.sum" })).toBe("Changes [loop_1 · sum].");
  expect(said("Changes {name}.", properties, { name: "mood" })).toBe("Changes mood.");
});

it("says which documents are meant, and leaves the bracket out where all are", () => {
  const properties = { only: { "x-ui": { widget: "document-filter" }, default: { conditions: [] } } };
  const conditions = [
    { field: "Team", operator: "is", value: "{{ a_1.team }}" },
    { field: "kind", operator: "is_not_empty", value: "gone" },
  ];

  expect(said("Looks[ where {only}].", properties, { only: { conditions } })).toBe(
    "Looks where Team is [a_1 · team], kind is_not_empty.",
  );
  expect(said("Looks[ where {only}].", properties, {})).toBe("Looks.");
});

it("names rows that have a value alone by that value", () => {
  const rows = [{ value: "{{ a_1.text }}" }, { value: "nothing" }, { value: 3 }];

  expect(said("First of {rows}.", { rows: { type: "array" } }, { rows })).toBe(
    "First of [a_1 · text], nothing.",
  );
});
