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

it("names rows that have a value alone by that value", () => {
  const rows = [{ value: "{{ a_1.text }}" }, { value: "nothing" }, { value: 3 }];

  expect(said("First of {rows}.", { rows: { type: "array" } }, { rows })).toBe(
    "First of [a_1 · text], nothing.",
  );
});
