import dagre from "@dagrejs/dagre";
import { describe, expect, test } from "vitest";
import type { Graph } from "@/api/types";
import { boxesOf, FRAME } from "@/flow-kit/frames";
import { type Box, overlaps } from "@/flow-kit/geometry";
import { edgeId, nodeById } from "@/flow-kit/graph";
import { graphAt, graphOf, homeOf, stepsAsRead, stepsIn } from "@/flow-kit/tree";
import { readSteps, writeSteps } from "./clipboard";
import {
  addCopies,
  addStep,
  canPutAround,
  connect,
  homeForCopies,
  moveSteps,
  pieceOf,
  removeEdges,
  removeSteps,
  setField,
} from "./edits";
import { tidy } from "./layout";
import { neighbour } from "./neighbours";
import { refusal } from "./refusal";
import {
  AGAIN,
  arrow,
  frame,
  graph,
  LEAVE,
  NO_SHAPES,
  nested,
  repeated,
  step,
  THINK,
  TYPES,
} from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES };
const ids = (g: Graph) => g.nodes.map((n) => n.id);
const arrows = (g: Graph) => g.edges.map(edgeId);
const boxAt = (g: Graph, id: string): Box => boxesOf(g, world).get(id) as Box;
const isInside = (inner: Box, outer: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y + FRAME.head &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
/** Every step lies within the frames around it, and no two of one graph cover each other. */
function expectOrder(g: Graph) {
  const boxes = boxesOf(g, world);
  const all = [...stepsIn(g)].map((n) => ({ id: n.id, home: homeOf(g, n.id), box: boxes.get(n.id) as Box }));
  for (const { home, box } of all) {
    const around = home.at(-1);
    if (around) expect(isInside(box, boxes.get(around) as Box)).toBe(true);
  }
  for (const a of all)
    for (const b of all)
      if (a.id < b.id && a.home.join() === b.home.join())
        expect([a.id, b.id, overlaps(a.box, b.box)]).toEqual([a.id, b.id, false]);
}

test("what lies inside a step is read after it and before what follows, however they are stored", () => {
  const { nodes, edges } = repeated();
  const stored = { nodes: nodes.toReversed(), edges };

  const read = stepsAsRead(stored, (node) => node.type === "hear");

  expect(read.map(({ id }) => id)).toEqual(["hear_1", "again_1", "think_1", "say_1"]);
});

describe("adding", () => {
  test("a step that holds others starts with none, and with the nearest information", () => {
    const g = graph([step("hear_1")]);

    const { graph: after, id } = addStep(g, AGAIN, { kind: "after", node: "hear_1", port: "out" }, world);

    expect(nodeById(after, id)).toMatchObject({
      body: { nodes: [], edges: [] },
      config: { things: "{{ hear_1.query }}" },
    });
  });

  test("a list is nearer to what takes anything than a text", () => {
    const g = repeated();

    const { graph: after, id } = addStep(g, AGAIN, { kind: "after", node: "again_1", port: "out" }, world);

    expect(nodeById(after, id)?.config).toEqual({ things: "{{ again_1.kept }}" });
  });

  test("the first step of an empty frame starts with what the frame hands over", () => {
    const g = graph([step("hear_1"), frame("again_1", graph([]), 320)], "hear_1 -> again_1");

    const { graph: after, id } = addStep(g, THINK, { kind: "inside", node: "again_1" }, world);

    expect(homeOf(after, id)).toEqual(["again_1"]);
    expect(nodeById(after, id)?.config).toEqual({ question: "{{ again_1.thing }}" });
    expect(arrows(after)).toEqual(["hear_1.out>again_1"]);
  });

  test("to the beginning of a frame: before all that nothing leads to", () => {
    const { graph: after, id } = addStep(repeated(), THINK, { kind: "inside", node: "again_1" }, world);

    expect(arrows(graphOf(after, id))).toEqual([`${id}.out>think_1`]);
    expectOrder(after);
  });

  test("into a connection inside a frame; ids stay unique over the whole workflow", () => {
    const g = graph([
      step("think_1"),
      frame("again_1", graph([step("think_2"), step("think_3", 320)], "think_2 -> think_3"), 320),
    ]);

    const { graph: after, id } = addStep(
      g,
      THINK,
      { kind: "edge", edge: arrow("think_2 -> think_3") },
      world,
    );

    expect(id).toBe("think_4");
    expect(arrows(graphAt(after, ["again_1"]))).toEqual(["think_2.out>think_4", "think_4.out>think_3"]);
    expectOrder(after);
  });

  test("a frame that grows pushes what follows it, also through the frames around it", () => {
    let g = graph(
      [
        frame(
          "again_1",
          graph([frame("again_2", graph([step("think_1")])), step("think_2", 500)], "again_2 -> think_2"),
        ),
        step("think_3", 1200),
      ],
      "again_1 -> think_3",
    );
    for (let i = 0; i < 4; i++) {
      const last = graphAt(g, ["again_1", "again_2"]).nodes.at(-1)?.id ?? "";
      g = addStep(g, THINK, { kind: "after", node: last, port: "out" }, world).graph;
      expectOrder(g);
    }
    expect(boxAt(g, "think_3").x).toBeGreaterThan(1200);
  });

  test("a step that nothing follows ends the path it is put into", () => {
    const g = graph([step("think_1"), step("think_2", 320)], "think_1 -> think_2");

    const { graph: after } = addStep(g, LEAVE, { kind: "edge", edge: arrow("think_1 -> think_2") }, world);

    expect(arrows(after)).toEqual(["think_1.out>leave_1"]);
  });

  test("dropped at a point of the canvas, a step inside a frame lies there", () => {
    const g = repeated();
    const at = { x: boxAt(g, "think_1").x + 400, y: boxAt(g, "think_1").y + 200 };

    const { graph: after, id } = addStep(
      g,
      THINK,
      { kind: "after", node: "think_1", port: "out", at },
      world,
    );

    expect(homeOf(after, id)).toEqual(["again_1"]);
    expect(boxAt(after, id)).toMatchObject(at);
  });

  test("around steps that are there: they stay where they are, and the path leads through the frame", () => {
    const g = graph(
      [step("hear_1"), step("think_1", 320), step("think_2", 640), step("say_1", 960)],
      "hear_1 -> think_1",
      "think_1 -> think_2",
      "think_2 -> say_1",
    );

    const { graph: after, id } = addStep(g, AGAIN, { kind: "around", nodes: ["think_1", "think_2"] }, world);

    expect(arrows(after)).toEqual([`hear_1.out>${id}`, `${id}.out>say_1`]);
    expect(arrows(graphAt(after, [id]))).toEqual(["think_1.out>think_2"]);
    expect(boxAt(after, "think_1")).toMatchObject({ x: 320, y: 0 });
    expectOrder(after);
  });

  test("no frame goes around a beginning, around steps of two graphs, or across a path that comes back", () => {
    const g = graph(
      [step("hear_1"), step("think_1"), step("think_2"), step("think_3")],
      "hear_1 -> think_1",
      "think_1 -> think_2",
      "think_2 -> think_3",
    );

    expect(canPutAround(g, ["hear_1", "think_1"], TYPES)).toBe(false);
    expect(canPutAround(g, ["think_1", "think_3"], TYPES)).toBe(false);
    expect(canPutAround(g, ["think_1", "think_2"], TYPES)).toBe(true);
    expect(canPutAround(repeated(), ["think_1", "say_1"], TYPES)).toBe(false);
  });
});

describe("changing", () => {
  test("settings inside change only what lies on the way to them", () => {
    const before = repeated();

    const after = setField(before, "think_1", "question", "Why?", world);

    expect(nodeById(after, "think_1")?.config.question).toBe("Why?");
    expect(nodeById(after, "hear_1")).toBe(nodeById(before, "hear_1"));
    expect(after.edges).toBe(before.edges);
  });

  test("connections stay inside one frame", () => {
    expect(refusal(repeated(), arrow("hear_1 -> think_1"), TYPES)).toBe("frame");
    const g = graph([frame("again_1", graph([step("think_1"), step("think_2")]))]);
    expect(refusal(g, arrow("think_1 -> think_2"), TYPES)).toBeNull();

    const after = connect(g, arrow("think_1 -> think_2"));

    expect(arrows(graphAt(after, ["again_1"]))).toEqual(["think_1.out>think_2"]);
    expect(refusal(after, arrow("think_1 -> think_2"), TYPES)).toBe("twice");
    expect(refusal(after, arrow("think_2 -> think_1"), TYPES)).toBe("circle");
    expect(arrows(graphAt(removeEdges(after, new Set(["think_1.out>think_2"])), ["again_1"]))).toEqual([]);
  });

  test("removing a frame removes what it holds; removing a step inside joins its neighbours there", () => {
    expect(ids(removeSteps(repeated(), new Set(["again_1", "think_1"])))).toEqual(["hear_1", "say_1"]);
    const inner = graph(
      [step("think_1"), step("think_2"), step("think_3")],
      "think_1 -> think_2",
      "think_2 -> think_3",
    );

    const after = removeSteps(graph([frame("again_1", inner)]), new Set(["think_2"]));

    expect(arrows(graphAt(after, ["again_1"]))).toEqual(["think_1.out>think_3"]);
  });

  test("a step moved in a frame lies where it was dropped, and everything else stays where it was", () => {
    const g = graph([
      step("hear_1", -800),
      frame("again_1", graph([frame("again_2", graph([step("think_1"), step("think_2", 320)]))]), 100),
    ]);
    const [first, second] = [boxAt(g, "think_1"), boxAt(g, "think_2")];

    const after = moveSteps(g, new Map([["think_1", { x: first.x - 150, y: first.y - 60 }]]), world);

    expect(boxAt(after, "think_1")).toMatchObject({ x: first.x - 150, y: first.y - 60 });
    expect(boxAt(after, "think_2")).toEqual(second);
    expect(boxAt(after, "hear_1")).toEqual(boxAt(g, "hear_1"));
    expectOrder(after);
  });

  test("a frame takes along what it holds, also when that was chosen too", () => {
    const g = repeated();
    const [outer, inner] = [boxAt(g, "again_1"), boxAt(g, "think_1")];
    const moved = new Map([
      ["again_1", { x: outer.x + 30, y: outer.y + 40 }],
      ["think_1", { x: inner.x + 30, y: inner.y + 40 }],
    ]);

    const after = moveSteps(g, moved, world);

    expect(boxAt(after, "think_1")).toMatchObject({ x: inner.x + 30, y: inner.y + 40 });
    expect(graphAt(after, ["again_1"])).toBe(graphAt(g, ["again_1"]));
    expect(boxesOf(g, world, moved).get("think_1")).toMatchObject({ x: inner.x + 30, y: inner.y + 40 });
  });

  test("while a step is dragged, its frame stretches around it", () => {
    const g = repeated();
    const inner = boxAt(g, "think_1");

    const boxes = boxesOf(g, world, new Map([["think_1", { x: inner.x + 500, y: inner.y }]]));

    expect(isInside(boxes.get("think_1") as Box, boxes.get("again_1") as Box)).toBe(true);
  });
});

describe("copying", () => {
  test("a frame with all it holds: new ids at every depth, and refs follow", () => {
    const g = repeated();

    const { graph: after, ids: copies } = addCopies(g, [], pieceOf(g, ["again_1"]), { x: 0, y: 600 }, world);

    expect(copies).toEqual(["again_2"]);
    expect(nodeById(after, "again_2")?.config).toEqual({
      things: "{{ hear_1.query }}",
      keep: "{{ think_2.text }}",
    });
    expect(nodeById(after, "think_2")?.config).toEqual({ question: "{{ again_2.thing }}" });
    expect(new Set([...stepsIn(after)].map((n) => n.id)).size).toBe(6);
  });

  test("through the clipboard, eight deep, into a frame", () => {
    const g = nested(8);
    const piece = readSteps(writeSteps(pieceOf(g, ["again_7"])));

    const { graph: after } = addCopies(g, ["again_1"], piece as Graph, { x: 0, y: 0 }, world);

    expect([...stepsIn(after)]).toHaveLength(12);
    expect(readSteps(writeSteps(nested(9)))).toBeNull();
  });

  test("copies go beside the chosen step, or into an empty frame", () => {
    const g = graph([
      step("hear_1"),
      frame("again_1", graph([])),
      frame("again_2", graph([step("think_1")])),
    ]);

    expect(homeForCopies(g, [], TYPES)).toEqual([]);
    expect(homeForCopies(g, ["again_1"], TYPES)).toEqual(["again_1"]);
    expect(homeForCopies(g, ["again_2"], TYPES)).toEqual([]);
    expect(homeForCopies(g, ["think_1"], TYPES)).toEqual(["again_2"]);
  });
});

test("tidying up lays out frames from the inside out, and twice is the same as once", () => {
  const inner = graph(
    [
      step("think_1", 5, 5),
      step("think_2", 9, 9),
      frame("again_2", graph([step("think_3"), step("think_4")])),
    ],
    "think_1 -> think_2",
    "think_1 -> again_2",
  );
  const g = graph(
    [step("hear_1"), frame("again_1", inner), step("say_1")],
    "hear_1 -> again_1",
    "again_1 -> say_1",
  );

  const tidied = tidy(g, world, dagre);

  expectOrder(tidied);
  expect(boxAt(tidied, "say_1").x).toBeGreaterThan(
    boxAt(tidied, "again_1").x + boxAt(tidied, "again_1").width,
  );
  expect(boxAt(tidied, "hear_1").y).toBe(boxAt(tidied, "say_1").y);
  expect(tidy(tidied, world, dagre)).toBe(tidied);
});

test("arrow keys lead into a frame and out of it", () => {
  const inner = graph([step("think_1"), step("think_2", 320)], "think_1 -> think_2");
  const g = graph(
    [step("hear_1"), frame("again_1", inner, 320), step("say_1", 1100)],
    "hear_1 -> again_1",
    "again_1 -> say_1",
  );

  expect(neighbour(g, "hear_1", "right")).toBe("again_1");
  expect(neighbour(g, "again_1", "down")).toBe("think_1");
  expect(neighbour(g, "think_1", "right")).toBe("think_2");
  expect(neighbour(g, "think_2", "right")).toBe("say_1");
  expect(neighbour(g, "think_1", "left")).toBe("again_1");
  expect(neighbour(g, "think_2", "up")).toBe("again_1");
});
