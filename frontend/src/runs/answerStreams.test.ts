/** The live answer beside the canvas over streams that were recorded: it only grows, and ends as the run's answer. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Graph, NodeType, StreamEntry } from "@/api/types";
import type { StepType, StepTypes } from "@/flow-kit/stepTypes";
import { answerSoFar } from "./answer";
import { EMPTY_RUN, fold } from "./fold";

const type = (name: string, rest: Partial<StepType> = {}): StepType =>
  ({
    type: name,
    ports: [{ name: "out", title: "" }],
    streams: null,
    config: {},
    i18n: {},
    ...rest,
  }) as NodeType & StepType;
const types: StepTypes = new Map(
  [
    type("start", { starts: true }),
    type("prompt", { streams: "text" }),
    type("answer", { answers: "text" }),
    type("loop"),
    type("each"),
  ].map((t) => [t.type, t]),
);

interface Recorded {
  readonly graph: Graph;
  readonly folds_to: { readonly answer: string };
  readonly entries: StreamEntry[];
}
const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(`../tests/contracts/streams/${name}.json`, "utf8")) as Recorded;

describe("a recorded stream of an app that speaks inside a step that repeats", () => {
  test.each(["rounds_that_speak", "items_that_speak_side_by_side"])("%s", (name) => {
    const { graph, folds_to, entries } = recorded(name);
    let run = EMPTY_RUN;
    const seen = new Set<string>();
    for (const entry of entries.slice(0, -1)) {
      run = fold(run, [entry]);
      seen.add(answerSoFar({ graph, types, shapes: {} }, run));
    }

    expect(answerSoFar({ graph, types, shapes: {} }, run)).toBe(folds_to.answer);
    const shown = [...seen].filter((text) => !text.includes("half"));
    expect(shown.every((text) => folds_to.answer.startsWith(text))).toBe(true);
    expect(shown.length).toBeGreaterThan(6);
  });
});
