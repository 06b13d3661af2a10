import dagre from "@dagrejs/dagre";
import { describe, expect, test } from "vitest";
import type { Graph } from "@/api/types";
import { boxOfGroup, boxOfNote, groupOfStep, holds, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf } from "@/flow-kit/frames";
import { overlaps } from "@/flow-kit/geometry";
import { groupKey, noteKey } from "@/flow-kit/keys";
import { readSteps, writeSteps } from "../clipboard";
import { dropped, goingAlong } from "../dragging";
import { addStep, removeSteps } from "../edits";
import { tidy } from "../layout";
import { addNote, changeNote, moveNotes } from "../notes/notes";
import { outlineItems } from "../outlineOrder";
import { addWholePiece, wholePieceOf } from "../pieces";
import { dice, FORK, graph, NO_SHAPES, repeated, SAY, step, story, THINK, TYPES } from "../testing";
import { canGroup, changeGroup, groupSteps, joinGroup, leaveGroups, pruned } from "./stepGroups";

const world = { types: TYPES, shapes: NO_SHAPES };
const LOOK = { title: "Orders", colour: "green" } as const;
const grouped = () => groupSteps(story(), ["think_1", "say_1"], LOOK);
const members = (root: Graph) => stepGroupsOf(root).map((g) => [...g.nodes].sort());

describe("grouping", () => {
  test("a step is in one group at most, and an empty group is gone", () => {
    const again = groupSteps(grouped(), ["hear_1", "think_1"], LOOK);

    expect(members(again)).toEqual([["say_1"], ["hear_1", "think_1"]]);
    expect(members(leaveGroups(again, new Set(["say_1"])))).toEqual([["hear_1", "think_1"]]);
    expect(members(joinGroup(grouped(), "group_1", ["hear_1"]))).toEqual([["hear_1", "say_1", "think_1"]]);
  });

  test("only steps of one graph go together", () => {
    expect(canGroup(repeated(), ["hear_1", "say_1"])).toBe(true);
    expect(canGroup(repeated(), ["hear_1", "think_1"])).toBe(false);
    expect(canGroup(repeated(), [])).toBe(false);
  });

  test("a step that is gone has left its group", () => {
    const graph = removeSteps(grouped(), new Set(["think_1"]));

    expect(members(pruned(graph))).toEqual([["say_1"]]);
    expect(stepGroupsOf(pruned(removeSteps(graph, new Set(["say_1"]))))).toEqual([]);
  });

  test("what changes nothing is no edit", () => {
    const graph = grouped();

    expect(changeGroup(graph, "group_1", LOOK)).toBe(graph);
    expect(leaveGroups(graph, new Set(["hear_1"]))).toBe(graph);
    expect(pruned(graph)).toBe(graph);
  });
});

describe("dragging", () => {
  const frameOf = (root: Graph) => {
    const [group] = stepGroupsOf(root);
    const box = group && boxOfGroup(group, boxesOf(root, world));
    if (!box) throw new Error("There is no group.");
    return box;
  };

  test("a group takes its steps along, and the notes that lie on it", () => {
    const near = addNote(grouped(), null, world).graph;
    const box = frameOf(near);
    const on = moveNotes(
      changeNote(near, "note_1", { size: { width: 140, height: 80 } }),
      new Map([["note_1", { x: box.x + 10, y: box.y + 10 }]]),
    );

    const places = new Map([[groupKey("group_1"), { x: box.x + 50, y: box.y - 30 }]]);
    const after = dropped(on, places, world);

    expect(frameOf(after)).toEqual({ ...box, x: box.x + 50, y: box.y - 30 });
    expect(notesOf(after)[0]?.position).toEqual({ x: box.x + 60, y: box.y - 20 });
    expect(after.nodes[0]).toBe(on.nodes[0]);
    expect([...goingAlong(on, places, world).keys()].sort()).toEqual([noteKey("note_1"), "say_1", "think_1"]);
  });

  test("a step that is dropped on a group joins it; one that is dragged out leaves it", () => {
    const box = frameOf(grouped());
    const into = dropped(grouped(), new Map([["hear_1", { x: box.x + 40, y: box.y + 20 }]]), world);
    const out = dropped(grouped(), new Map([["say_1", { x: 2_000, y: 900 }]]), world);

    expect(members(into)).toEqual([["hear_1", "say_1", "think_1"]]);
    expect(members(out)).toEqual([["think_1"]]);
  });

  test("one that is moved a little within stays, and so do all when all are moved", () => {
    const near = dropped(grouped(), new Map([["say_1", { x: 560, y: 60 }]]), world);
    const all = new Map([
      ["think_1", { x: 5_000, y: 0 }],
      ["say_1", { x: 9_000, y: 900 }],
    ]);

    expect(members(near)).toEqual([["say_1", "think_1"]]);
    expect(members(dropped(grouped(), all, world))).toEqual([["say_1", "think_1"]]);
  });

  test("a step in a frame joins no group outside", () => {
    const graph = groupSteps(repeated(), ["again_1"], LOOK);
    const inside = boxesOf(graph, world).get("think_1");

    const after = dropped(
      graph,
      new Map([["think_1", { x: inside?.x ?? 0, y: (inside?.y ?? 0) + 20 }]]),
      world,
    );

    expect(members(after)).toEqual([["again_1"]]);
  });

  test("what lies beside a group is not the group's", () => {
    const outside = addNote(grouped(), { x: 400, y: 600 }, world).graph;
    const box = frameOf(outside);

    const after = dropped(outside, new Map([[groupKey("group_1"), { x: box.x + 50, y: box.y }]]), world);

    expect(notesOf(after)[0]).toBe(notesOf(outside)[0]);
  });
});

describe("copies", () => {
  test("steps, the groups that are whole, and notes come along under new ids", () => {
    const noted = changeNote(addNote(grouped(), null, world).graph, "note_1", { text: "Ask Mei" });

    const read = readSteps(writeSteps(wholePieceOf(noted, ["think_1", "say_1"], ["note_1"])));
    const after = read && addWholePiece(noted, [], read, { x: 40, y: 160 }, world);

    expect(after?.ids).toEqual(["think_2", "say_2"]);
    expect(after && members(after.graph)).toEqual([
      ["say_1", "think_1"],
      ["say_2", "think_2"],
    ]);
    expect(after && notesOf(after.graph).map((n) => [n.id, n.text])).toEqual([
      ["note_1", "Ask Mei"],
      ["note_2", "Ask Mei"],
    ]);
  });

  test("a note alone can be copied, half a group stays behind", () => {
    const noted = addNote(grouped(), null, world).graph;

    expect(readSteps(writeSteps(wholePieceOf(noted, [], ["note_1"])))?.notes).toHaveLength(1);
    expect(wholePieceOf(noted, ["think_1"], []).groups).toBeUndefined();
  });

  test("notes that the server would refuse are not pasted", () => {
    const [note] = notesOf(addNote(story(), null, world).graph);
    const bad = [
      { ...note, colour: "red;}" },
      { ...note, text: "x".repeat(5_001) },
      { ...note, size: { width: 1, height: 100 } },
      { ...note, position: { x: "0", y: 0 } },
      { ...note, id: 7 },
      { ...note, position: { x: 1e300, y: 0 } },
      "note",
      null,
    ];

    expect(readSteps(JSON.stringify({ kind: "treadle/steps", nodes: [], edges: [], notes: bad }))).toBeNull();
    expect(
      readSteps(
        JSON.stringify({
          kind: "treadle/steps",
          nodes: [],
          edges: [],
          notes: [...bad, { ...note, html: "<b>" }],
        }),
      )?.notes,
    ).toEqual([note]);
  });
});

describe("tidying up", () => {
  const many = (seed: number) => {
    const random = dice(seed);
    let g = story();
    for (let i = 0; i < 20; i++) {
      const node = g.nodes[Math.floor(random() * g.nodes.length)]?.id ?? "hear_1";
      const type = [THINK, SAY, FORK][Math.floor(random() * 3)] ?? SAY;
      const port = node.startsWith("fork") ? "else" : "out";
      g = addStep(g, type, { kind: "after", node, port }, world).graph;
    }
    const ids = g.nodes.map((n) => n.id).sort(() => random() - 0.5);
    g = groupSteps(g, ids.slice(0, 4), LOOK);
    g = groupSteps(g, ids.slice(4, 9), LOOK);
    return addNote(g, { x: 500, y: 100 }, world).graph;
  };

  test("keeps the steps of a group together, with no other among them, on 20 random graphs", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const after = tidy(many(seed), world, dagre);
      const boxes = boxesOf(after, world);
      const all = [...boxes.values()];
      expect(all.every((a, i) => all.slice(i + 1).every((b) => !overlaps(a, b)))).toBe(true);
      for (const group of stepGroupsOf(after)) {
        const frame = boxOfGroup(group, boxes);
        for (const [id, box] of boxes) {
          if (!frame) throw new Error("A group lies nowhere.");
          if (groupOfStep(after, id) === group) expect(holds(frame, box)).toBe(true);
          else expect(overlaps(frame, box)).toBe(false);
        }
      }
      const [note] = notesOf(after);
      expect(note && all.every((box) => !overlaps(box, boxOfNote(note)))).toBe(true);
    }
  });

  test("what is tidy stays as it is", () => {
    const after = tidy(many(3), world, dagre);

    expect(tidy(after, world, dagre)).toBe(after);
  });

  test("a note stays beside its step", () => {
    const far = graph([step("hear_1"), step("say_1", 4_000, 900)], "hear_1 -> say_1");
    const noted = moveNotes(addNote(far, null, world).graph, new Map([["note_1", { x: 4_000, y: 1_100 }]]));

    const after = tidy(noted, world, dagre);

    expect(notesOf(after)[0]?.position).toEqual({ x: 320, y: 200 });
  });
});

test("the list tells the steps of a group together, where the first of them stands", () => {
  const [group] = stepGroupsOf(groupSteps(story(), ["hear_1", "say_1"], LOOK));
  if (!group) throw new Error("There is no group.");

  expect(outlineItems(["hear_1", "think_1", "say_1"], [group])).toEqual([
    { kind: "group", group, ids: ["hear_1", "say_1"] },
    { kind: "step", id: "think_1" },
  ]);
});
