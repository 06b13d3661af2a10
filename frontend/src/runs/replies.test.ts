import { describe, expect, test } from "vitest";
import type { JsonObject, StreamEntry } from "@/api/types";
import { EMPTY_RUN, fold } from "./fold";
import { repliesOf } from "./replies";

let seq = 0;
const fact = (type: string, path: string, data: JsonObject): StreamEntry => {
  seq++;
  return { id: `${seq}-0`, kind: "event", event: { seq, type, path, at: "2026-01-01T00:00:00Z", data } };
};
const began = (path: string) => fact("node_started", path, { attempt: 1, type: "x", input: {} });
const gave = (path: string, output: JsonObject) =>
  fact("node_succeeded", path, { attempt: 1, output, port: "out", usage: null, elapsed_ms: 1 });

describe("repliesOf", () => {
  test("tells what an agent's model said and called, round by round, while it goes on", () => {
    const run = fold(EMPTY_RUN, [
      began("crew_1"),
      began("crew_1[0].model"),
      gave("crew_1[0].model", {
        text: "I look.",
        calls: [{ id: "a", name: "seek", arguments: { q: "tea" } }],
      }),
      began("crew_1[0].seek_1"),
      gave("crew_1[0].seek_1", {}),
      began("crew_1[1].seek_1"),
      gave("crew_1[1].seek_1", {}),
      began("crew_1[2].model"),
    ]);

    expect(repliesOf(run, "crew_1")).toEqual([
      { number: 1, isOpen: false, text: "I look.", calls: [{ tool: "seek", given: '{"q":"tea"}' }] },
      { number: 2, isOpen: true, text: "", calls: [] },
    ]);
    expect(repliesOf(run, "other_1")).toEqual([]);
  });
});
