/** What a run remembers, held to what Python makes of the same facts and changes. */

import { describe, expect, test } from "vitest";
import type { Json, RunEvent } from "@/api/types";
import changes from "../../../tests/contracts/remembering/changes.json";
import { changeAs } from "./change";
import { EMPTY_RUN, foldEvents } from "./fold";
import { loopOf, loopsIn, roundsOfLoop, valuesOf } from "./remembered";

interface Recording {
  events: RunEvent[];
  remembers: Record<string, Json>;
}
const files = import.meta.glob<Recording>(
  ["../../../tests/contracts/remembering/*.json", "!**/changes.json"],
  { eager: true, import: "default" },
);
const recorded = Object.entries(files).map(
  ([file, recording]) => [file.split("/").at(-1) ?? "", recording] as const,
);
const named = (name: string) => recorded.find(([file]) => file === `${name}.json`)?.[1].events ?? [];

test.each(recorded)("%s folds to the same as in Python", (_, { events, remembers }) => {
  const run = foldEvents(EMPTY_RUN, events);

  // What a loop kept that has come to its end stays to be looked at; Python needs it no more.
  const isPast = (key: string) => {
    const loop = loopOf(key);
    return loop !== null && run.steps[loop]?.status === "succeeded";
  };
  const left = Object.fromEntries(Object.entries(run.variables).filter(([key]) => !isPast(key)));
  expect(left).toEqual(remembers);
  // One by one, as they come in, it is the same.
  expect(events.reduce((so, event) => foldEvents(so, [event]), EMPTY_RUN)).toEqual(run);
});

test("every recorded change comes out as in Python", () => {
  expect(changes.length).toBeGreaterThan(400);
  for (const { kind, before, operator, operand, comes_to } of changes) {
    const made = changeAs(kind, before as Json, operator, operand as Json);

    expect({ kind, before, operator, operand, comes_to: made }).toEqual({
      kind,
      before,
      operator,
      operand,
      comes_to,
    });
  }
});

describe("what is shown of it", () => {
  const run = foldEvents(EMPTY_RUN, named("loops_and_a_conversation"));

  test("the last values of the run and of the conversation", () => {
    expect(valuesOf(run, "vars.")).toEqual([
      { name: "free", value: { a: ["go"] } },
      { name: "total", value: 8 },
    ]);
    expect(valuesOf(run, "conversation.").map(({ name }) => name)).toEqual(["mood", "names"]);
  });

  test("what loops kept, round by round, also of a loop in a loop", () => {
    expect(loopsIn(run)).toEqual(["loop_1", "loop_1[0].loop_2", "loop_1[1].loop_2", "loop_1[2].loop_2"]);
    expect(roundsOfLoop(run, "loop_1").map(({ round, values }) => [round, values.sum?.value])).toEqual([
      [0, 1],
      [1, 3],
      [2, 6],
    ]);
    expect(roundsOfLoop(run, "loop_1")[2]?.values.seen).toMatchObject({ value: 6, length: 3 });
    expect(roundsOfLoop(run, "loop_1[1].loop_2").map(({ values }) => values.left?.value)).toEqual([3, 2]);
    expect(valuesOf(run, "loop_1.")).toEqual([
      { name: "seen", value: [1, 3, 6] },
      { name: "sum", value: 6 },
    ]);
  });

  test("what one step changed, in the round that is looked at", () => {
    expect(run.changes["loop_1[1].set_variable_2"]).toEqual([
      { key: "loop_1.sum", operator: "add", value: 3, length: null },
    ]);
    expect(loopOf("loop_1[2].loop_2.left")).toBe("loop_1[2].loop_2");
    expect(loopOf("sub_workflow_1[0].vars.total")).toBe(null);
  });
});

test("a journal of before there were declarations folds too", () => {
  const event = (seq: number, type: string, path: string, data: object) =>
    ({ seq, type, path, data, at: "" }) as unknown as RunEvent;

  const run = foldEvents(EMPTY_RUN, [
    event(1, "run_started", "", { query: "x" }),
    event(2, "variable_set", "set_1", { name: "n", operator: "add", value: 2 }),
    event(3, "variable_set", "set_2", { name: "n", value: "last" }),
  ]);

  expect(run.variables).toEqual({ "vars.n": "last" });
});
