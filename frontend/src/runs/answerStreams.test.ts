/** The live answer beside the canvas over recorded streams: at each entry the very words that the server shows. */

import { readdirSync, readFileSync } from "node:fs";
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
    type("loop", { is_loop: true }),
    type("each"),
    type("stop_loop", { ends_loop: true }),
    type("next_round", { ends_loop: true }),
    type("stop", { ends_run: true, ports: [] }),
    type("sub_workflow", { streams: "answer" }),
    type("wait"),
    type("tool"),
    type("ask_human", {
      ports: [{ name: "timeout", title: "" }],
      config: { properties: { actions: { "x-ui": { widget: "actions" } } } },
    }),
    type("branch", {
      ports: [{ name: "else", title: "" }],
      config: { properties: { cases: { "x-ui": { widget: "conditions" } } } },
    }),
  ].map((t) => [t.type, t]),
);

interface Recorded {
  readonly graph: Graph;
  readonly entries: StreamEntry[];
}
const read = <T>(path: string): T => JSON.parse(readFileSync(`../tests/contracts/${path}`, "utf8")) as T;
const names = readdirSync("../tests/contracts/streams");

/** Filters are the server's: beside the canvas such words come a moment later, when the reply itself begins. */
const FILTERED = "a_list_worked_through_two_at_a_time.json";

describe("along a recorded stream, the answer beside the canvas is that of the server", () => {
  test.each(names)("%s", (name) => {
    const { graph, entries } = read<Recorded>(`streams/${name}`);
    const said = new Map(read<[number, string][]>(`said/${name}`));
    let [run, words, shown] = [EMPTY_RUN, "", ""];
    for (const [at, entry] of entries.entries()) {
      run = fold(run, [entry]);
      words = said.get(at + 1) ?? words;
      shown = answerSoFar({ graph, types, shapes: {} }, run);
      const isLater = name === FILTERED && words.startsWith(shown);
      if (!isLater) expect([at + 1, shown]).toEqual([at + 1, words]);
    }
    expect(shown).toBe(words);
    expect(names.length).toBeGreaterThan(14);
  });
});
