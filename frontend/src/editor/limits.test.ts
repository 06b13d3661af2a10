import { expect, test } from "vitest";
import type { Problem } from "@/api/types";
import { limitOf, withLimit } from "./limits";
import { createEditorStore } from "./store";
import { story } from "./testing";

test("a limit is set and taken away, and the others stay", () => {
  expect(withLimit(null, "steps", 5)).toEqual({ steps: 5 });
  expect(withLimit({ steps: 5, cost: 1 }, "steps", null)).toEqual({ cost: 1 });
  expect(withLimit({ cost: 1 }, "cost", 0)).toEqual({ cost: 0 });
});

test("the last limit can be taken away, and edits of steps keep what is limited", () => {
  const store = createEditorStore({
    graph: { ...story(), limits: { steps: 5 } },
    revision: 1,
    shapes: {},
    problems: [],
  });
  const { edit } = store.getState();

  edit(({ nodes, edges }) => ({ nodes: nodes.slice(0, 2), edges }));
  expect(store.getState().graph.limits).toEqual({ steps: 5 });
  edit((graph) => ({ ...graph, limits: withLimit(graph.limits, "steps", null) }));
  expect(store.getState().graph.limits).toEqual({});
});

test("a problem is about a limit only where it is about no step", () => {
  const problem = { field: "limits.steps", node: null } as Problem;

  expect(limitOf(problem)).toBe("steps");
  expect(limitOf({ ...problem, node: "think_1" })).toBe(null);
  expect(limitOf({ ...problem, field: null })).toBe(null);
});
