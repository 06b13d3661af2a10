import { expect, test } from "vitest";
import type { SetUpQuestion } from "@/api/types";
import { story, THINK, TYPES } from "../testing";
import { askedOf, formOf } from "./questions";

const words = { en: "How?", zh: "怎样？" };
const ask = (step: string, field: string): SetUpQuestion => ({ step, field, label: words, example: words });

test("only what can be answered is asked: the step is there, and it has that setting", () => {
  const graph = story();
  const think = graph.nodes.find((node) => node.type === "think")?.id ?? "";
  const setup = [ask(think, "question"), ask(think, "gone"), ask("nobody", "question"), ask(think, "model")];

  expect(askedOf(setup, graph, TYPES).map(({ question }) => question.field)).toEqual(["question", "model"]);
  expect(askedOf(setup, { nodes: [], edges: [] }, TYPES)).toEqual([]);
});

test("a question shows one field, also one that stands behind More options", () => {
  const hidden = {
    ...THINK,
    config: {
      ...THINK.config,
      properties: {
        question: { type: "string" },
        model: {
          type: "string",
          "x-ui": { widget: "model", more: true, showWhen: { field: "question", is: "x" } },
        },
      },
    },
  };

  expect(formOf({ question: ask("think_1", "model"), type: hidden })).toEqual({
    type: "object",
    properties: { model: { type: "string", "x-ui": { widget: "model" } } },
    required: ["model"],
  });
});
