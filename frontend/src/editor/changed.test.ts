import { expect, test } from "vitest";
import type { GraphNode, JsonObject } from "@/api/types";
import { changedSince } from "./changed";
import { frame, graph, repeated, step, story } from "./testing";

test("what only the eye sees changes nothing", () => {
  const before = story();
  const nodes = before.nodes.map((node) => ({ ...node, title: "Other", position: { x: 9, y: 9 } }));

  expect(changedSince(before, before)).toEqual([]);
  expect(changedSince(before, { ...before, nodes })).toEqual([]);
});

test("a step is another one by its settings, by what happens when it fails, and by how it is reached", () => {
  const before = story();
  const change = (id: string, part: object) => ({
    ...before,
    nodes: before.nodes.map((node) => (node.id === id ? { ...node, ...part } : node)),
  });

  expect(changedSince(before, change("think_1", { config: { question: "Why?" } }))).toEqual(["think_1"]);
  expect(changedSince(before, change("think_1", { policy: { max_attempts: 3 } }))).toEqual(["think_1"]);
  expect(changedSince(before, { ...before, edges: before.edges.slice(0, 1) })).toEqual(["say_1"]);
});

test("a step that holds others is another one by its own settings; else only what changed inside is named", () => {
  const before = repeated();
  const inside = before.nodes.find((node) => node.body)?.body ?? graph([]);
  const [first] = inside.nodes;
  const change = (part: (node: GraphNode) => object) => ({
    ...before,
    nodes: before.nodes.map((node) => (node.body ? { ...node, ...part(node) } : node)),
  });
  const body = (nodes: GraphNode[]) => change(() => ({ body: { ...inside, nodes } }));
  const id = first?.id ?? "";
  const other = inside.nodes.map((node) =>
    node.id === id ? { ...node, policy: { max_attempts: 3 } } : node,
  );

  expect(
    changedSince(
      before,
      change(({ config }) => ({ config: { ...config, things: "b" } })),
    ),
  ).toEqual(["again_1"]);
  expect(changedSince(before, body(other))).toEqual([`again_1[*].${id}`]);
  expect(changedSince(before, body([...inside.nodes, step("new_1")]))).toEqual(["again_1[*].new_1"]);
  expect(changedSince(body([...inside.nodes, step("new_1")]), before)).toEqual(["again_1[*].new_1"]);
});

test("a step that names one inside that is gone is another one, for its rounds are read by that", () => {
  const repeats = (config: JsonObject, ...inside: string[]) =>
    graph([frame("again_1", graph(inside.map((id) => step(id))), 0, 0, config)]);
  const keeps = { keep: "{{ think_2.text }}" };

  expect(changedSince(repeats(keeps, "think_1", "think_2"), repeats(keeps, "think_1"))).toEqual(["again_1"]);
});

test("steps that are new or gone are named", () => {
  expect(changedSince(graph([step("old_1")]), graph([step("new_1")]))).toEqual(["new_1", "old_1"]);
});
