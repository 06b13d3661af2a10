import { describe, expect, test } from "vitest";
import { notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { nodeById } from "@/flow-kit/graph";
import { groupKey, noteKey } from "@/flow-kit/keys";
import { portsOf } from "@/flow-kit/stepTypes";
import { dropped } from "./dragging";
import { addStep, moveSteps, removeEdges, removeSteps, setField, setTitle } from "./edits";
import { changeGroup, dissolveGroup, groupSteps, leaveGroups } from "./groups/stepGroups";
import { addNote, changeNote, removeNotes } from "./notes/notes";
import { addWholePiece, wholePieceOf } from "./pieces";
import { createEditorStore, redo, undo } from "./store";
import { dice, NO_SHAPES, SAY, story, THINK, TYPES } from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES };
const fresh = (now?: () => number) =>
  createEditorStore({ graph: story(), revision: 1, shapes: {}, problems: [] }, now);
const entries = (store: ReturnType<typeof fresh>) => store.temporal.getState().pastStates.length;

describe("history", () => {
  test("200 mixed edits, undone, give back the identical graph; redone, the last one", () => {
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

    const someNote = () => {
      const notes = notesOf(store.getState().graph);
      return notes[Math.floor(random() * notes.length)]?.id ?? "note_1";
    };
    const someGroup = () => {
      const groups = stepGroupsOf(store.getState().graph);
      return groups[Math.floor(random() * groups.length)]?.id ?? "group_1";
    };
    const place = () => ({ x: Math.round(random() * 900), y: Math.round(random() * 900) });
    const { edit } = store.getState();
    const around = [
      () => edit((g) => addNote(g, place(), world).graph),
      () => edit((g) => changeNote(g, someNote(), { text: `Mind ${random()}`, colour: "pink" })),
      () => edit((g) => changeNote(g, someNote(), { size: { width: 150 + random() * 300, height: 200 } })),
      () => edit((g) => dropped(g, new Map([[noteKey(someNote()), place()]]), world)),
      () => edit((g) => groupSteps(g, [pick(), pick()], { title: `Part ${random()}`, colour: "green" })),
      () => edit((g) => dropped(g, new Map([[groupKey(someGroup()), place()]]), world)),
      () => edit((g) => dropped(g, new Map([[pick(), place()]]), world)),
      () => edit((g) => changeGroup(g, someGroup(), { title: `Part ${random()}`, colour: "blue" })),
      () => edit((g) => leaveGroups(g, new Set([pick()]))),
      () =>
        edit(
          (g) => addWholePiece(g, [], wholePieceOf(g, [pick(), pick()], [someNote()]), place(), world).graph,
        ),
      () => edit((g) => (random() < 0.5 ? removeNotes(g, new Set([someNote()])) : g)),
      () => edit((g) => (random() < 0.3 ? dissolveGroup(g, someGroup()) : g)),
    ];
    const all = [...edits, ...around];

    for (let i = 0; i < 200; i++) {
      all[Math.floor(random() * all.length)]?.();
      store.getState().select([pick()]);
      const { graph } = store.getState();
      const grouped = stepGroupsOf(graph).flatMap((group) => group.nodes);
      expect(grouped.every((id) => nodeById(graph, id))).toBe(true);
      expect(new Set(grouped).size).toBe(grouped.length);
    }
    const last = structuredClone(store.getState().graph);
    const count = entries(store);
    for (let i = 0; i < count; i++) undo(store);

    expect(count).toBeGreaterThan(100);
    expect(notesOf(store.getState().graph).length).toBe(0);
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

  test("edits of steps leave notes, and the groups of other steps, as they are", () => {
    const store = fresh();
    const { edit } = store.getState();
    edit(
      (g) => addNote(groupSteps(g, ["think_1", "say_1"], { title: "", colour: "blue" }), null, world).graph,
    );
    const { notes, groups } = store.getState().graph;

    edit(({ nodes, edges }) => ({ nodes, edges: edges.slice(1) }));
    expect(store.getState().graph.notes).toBe(notes);
    expect(store.getState().graph.groups).toBe(groups);

    edit((g) => removeSteps(g, new Set(["say_1"])));
    expect(store.getState().graph.groups?.[0]?.nodes).toEqual(["think_1"]);
    undo(store);
    expect(store.getState().graph.groups).toBe(groups);
  });

  test("undoing the note that is selected clears the selection", () => {
    const store = fresh();
    const { graph, id } = addNote(story(), null, world);
    store.getState().edit(() => graph, { select: [], notes: [id] });
    expect(store.getState().selectedNotes).toEqual(["note_1"]);

    undo(store);

    expect(store.getState().selectedNotes).toEqual([]);
  });
});
