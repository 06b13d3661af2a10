import { describe, expect, test } from "vitest";
import { portsOf } from "@/flow-kit/stepTypes";
import { addStep, moveSteps, removeEdges, removeSteps, setField, setTitle } from "./edits";
import { createEditorStore, redo, undo } from "./store";
import { dice, NO_SHAPES, SAY, story, THINK, TYPES } from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES };
const fresh = (now?: () => number) =>
  createEditorStore({ graph: story(), revision: 1, shapes: {}, problems: [] }, now);
const entries = (store: ReturnType<typeof fresh>) => store.temporal.getState().pastStates.length;

describe("history", () => {
  test("30 mixed edits, undone, give back the identical graph; redone, the last one", () => {
    const store = fresh();
    const first = structuredClone(store.getState().graph);
    const random = dice(3);
    const pick = () => {
      const { nodes } = store.getState().graph;
      return nodes[Math.floor(random() * nodes.length)]?.id ?? "hear_1";
    };
    const edits = [
      () =>
        store
          .getState()
          .edit(
            (g) =>
              addStep(g, random() < 0.5 ? THINK : SAY, { kind: "point", at: { x: 0, y: 0 } }, world).graph,
          ),
      () => {
        const node = pick();
        store.getState().edit((g) => {
          const found = g.nodes.find((n) => n.id === node);
          const port = found && portsOf(found, TYPES, NO_SHAPES)[0]?.name;
          return port ? addStep(g, SAY, { kind: "after", node, port }, world).graph : g;
        });
      },
      () =>
        store
          .getState()
          .edit((g) => moveSteps(g, new Map([[pick(), { x: random() * 500, y: random() * 500 }]]), world)),
      () => store.getState().edit((g) => setTitle(g, pick(), `Step ${random()}`)),
      () => store.getState().edit((g) => setField(g, pick(), "question", `Why ${random()}?`, world)),
      () => store.getState().edit((g) => removeSteps(g, new Set([pick()]))),
      () =>
        store
          .getState()
          .edit((g) =>
            removeEdges(g, new Set([`${g.edges[0]?.source}.${g.edges[0]?.port}>${g.edges[0]?.target}`])),
          ),
    ];

    for (let i = 0; i < 30; i++) {
      edits[i % edits.length]?.();
      store.getState().select([pick()]);
    }
    const last = structuredClone(store.getState().graph);
    const count = entries(store);
    for (let i = 0; i < count; i++) undo(store);

    expect(count).toBeGreaterThan(20);
    expect(store.getState().graph).toEqual(first);
    for (let i = 0; i < count; i++) redo(store);
    expect(store.getState().graph).toEqual(last);
  });

  test("selecting is not part of it", () => {
    const store = fresh();

    store.getState().select(["think_1"]);
    store.getState().select(["say_1"], ["hear_1.out>think_1"]);

    expect(entries(store)).toBe(0);
  });

  test("a save is not part of it", () => {
    const store = fresh();

    store.getState().saved({ revision: 2, shapes: {}, problems: [], updated_at: "" });

    expect(entries(store)).toBe(0);
    expect(store.getState().revision).toBe(2);
  });

  test("typing in one field is one entry until there is a pause", () => {
    let time = 0;
    const store = fresh(() => time);
    const type = (text: string) =>
      store
        .getState()
        .edit((g) => setField(g, "think_1", "question", text, world), { merge: "think_1.question" });

    for (const text of ["W", "Wh", "Why"]) type(text);
    expect(entries(store)).toBe(1);
    time += 5_000;
    type("Why?");
    expect(entries(store)).toBe(2);

    undo(store);
    expect(store.getState().graph.nodes[1]?.config.question).toBe("Why");
    undo(store);
    expect(store.getState().graph).toEqual(story());
  });

  test("typing after an undo does not swallow what was undone", () => {
    const store = fresh(() => 0);
    const type = (text: string) =>
      store.getState().edit((g) => setField(g, "think_1", "question", text, world), { merge: "q" });
    type("a");
    undo(store);

    type("b");
    undo(store);

    expect(store.getState().graph).toEqual(story());
  });

  test("undoing the step that is selected clears the selection", () => {
    const store = fresh();
    store.getState().edit((g) => addStep(g, SAY, { kind: "point", at: { x: 0, y: 300 } }, world).graph, {
      select: ["say_2"],
    });
    expect(store.getState().selection).toEqual(["say_2"]);

    undo(store);

    expect(store.getState().selection).toEqual([]);
  });

  test("an edit that changes nothing leaves no entry", () => {
    const store = fresh();

    store.getState().edit((g) => moveSteps(g, new Map([["hear_1", { x: 0, y: 0 }]]), world));

    expect(entries(store)).toBe(0);
  });
});
