import { expect, it } from "vitest";
import type { Graph, GraphNode, Knowledge } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { knowledgeHint, knowledgeOf } from "./knowledge";

const collection = (id: string, documents: number, working = 0) => ({ id, documents, working }) as Knowledge;
const node = (id: string, type: string, config: GraphNode["config"], body: Graph | null = null) =>
  ({ id, type, config, body }) as GraphNode;
const looks = { type: "object", properties: { where: { type: "array", "x-ui": { widget: "knowledge" } } } };
const types = new Map([
  ["find", { type: "find", config: looks }],
  ["each", { type: "each", config: { type: "object", properties: {} } }],
]) as unknown as StepTypes;

it("finds what every step looks in, also inside a repeat, each once", () => {
  const inside = { nodes: [node("b", "find", { where: ["two", "one"] })], edges: [] };
  const graph = {
    nodes: [node("a", "find", { where: ["one"] }), node("e", "each", {}, inside), node("x", "unknown", {})],
    edges: [],
  };

  expect(knowledgeOf(graph, types)).toEqual(["one", "two"]);
});

it("tells first what is being read, then what is empty, then what is there", () => {
  const all = [collection("a", 3, 2), collection("b", 0), collection("c", 1)];

  expect(knowledgeHint(all, ["b", "a", "c"])).toMatchObject({ kind: "reading", ready: 1, all: 3 });
  expect(knowledgeHint(all, ["b", "c"])).toMatchObject({ kind: "empty", collection: { id: "b" } });
  expect(knowledgeHint(all, ["c"])).toMatchObject({ kind: "ready", collection: { id: "c" } });
  expect(knowledgeHint(all, [])).toBeNull();
});
