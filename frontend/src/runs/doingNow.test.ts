import { expect, test } from "vitest";
import type { Graph, GraphNode, JsonObject, StreamEntry } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { doingNow } from "./doingNow";
import { EMPTY_RUN, fold } from "./fold";

const type = (name: string, title: string, effects: string, takes_tools = false) => [
  name,
  { type: name, title, effects, takes_tools, i18n: {} },
];
const types = new Map([
  type("seek", "Seek", "read"),
  type("pay", "Pay", "write"),
  type("crew", "Crew", "none", true),
] as never) as unknown as StepTypes;
const step = (id: string): GraphNode => ({
  id,
  type: id.replace(/_\d+$/, ""),
  version: 1,
  title: "",
  config: {},
  policy: {},
  position: { x: 0, y: 0 },
  body: null,
});
const body: Graph = { nodes: [step("seek_1"), { ...step("pay_1"), title: "Pay back" }], edges: [] };
const graph: Graph = { nodes: [{ ...step("crew_1"), body }, step("seek_2")], edges: [] };
const plan = { graph, types, shapes: {} };

let seq = 0;
const fact = (type: string, path: string, data: JsonObject): StreamEntry => {
  seq++;
  return { id: `${seq}-0`, kind: "event", event: { seq, type, path, at: "2026-01-01T00:00:00Z", data } };
};
const began = (path: string) => fact("node_started", path, { attempt: 1, type: "x", input: {} });
const gave = (path: string) =>
  fact("node_succeeded", path, { attempt: 1, output: {}, port: "out", usage: null, elapsed_ms: 1 });

test("names the tools that an agent uses just now, each once, and nothing else that is at work", () => {
  const run = fold(EMPTY_RUN, [
    began("seek_2"),
    began("crew_1"),
    began("crew_1[0].model"),
    gave("crew_1[0].model"),
    began("crew_1[0].seek_1"),
    began("crew_1[1].seek_1"),
    began("crew_1[0].pay_1"),
  ]);

  expect(doingNow(run, plan, "en")).toEqual([
    { kind: "look_up", tool: "Seek" },
    { kind: "act", tool: "Pay back" },
  ]);
  const after = fold(run, [gave("crew_1[0].seek_1"), gave("crew_1[1].seek_1"), gave("crew_1[0].pay_1")]);
  expect(doingNow(after, plan, "en")).toEqual([]);
  expect(doingNow(run, null, "en")).toEqual([]);
});
