import dagre from "@dagrejs/dagre";
import { describe, expect, test } from "vitest";
import { CARD, cardHeight, overlaps } from "@/flow-kit/geometry";
import { edgeId, readingOrder, wouldCycle } from "@/flow-kit/graph";
import { portsOf } from "@/flow-kit/stepTypes";
import { addCopies, addStep, connect, pieceOf, placeAfter, removeSteps, setConfig, setField } from "./edits";
import { tidy } from "./layout";
import { refusal } from "./refusal";
import { arrow, dice, FORK, graph, NO_SHAPES, SAY, step, story, THINK, TYPES } from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES };
const arrows = (g: { edges: ReturnType<typeof arrow>[] }) => g.edges.map(edgeId);
const boxes = (g: ReturnType<typeof story>) =>
  g.nodes.map((n) => ({
    ...n.position,
    width: CARD.width,
    height: cardHeight(portsOf(n, TYPES, NO_SHAPES).length),
  }));
const noneOverlap = (g: ReturnType<typeof story>) => {
  const all = boxes(g);
  return all.every((a, i) => all.slice(i + 1).every((b) => !overlaps(a, b)));
};

describe("addStep", () => {
  test("into a connection: between the two, and what follows makes room", () => {
    const { graph: after, id } = addStep(
      story(),
      THINK,
      { kind: "edge", edge: arrow("hear_1 -> think_1") },
      world,
    );

    expect(id).toBe("think_2");
    expect(arrows(after)).toEqual(["hear_1.out>think_2", "think_2.out>think_1", "think_1.out>say_1"]);
    expect(noneOverlap(after)).toBe(true);
    expect(after.nodes.find((n) => n.id === "say_1")?.position.x).toBe(960);
  });

  test("starts with the nearest information where its form asks for a text", () => {
    const { graph: after } = addStep(story(), SAY, { kind: "after", node: "think_1", port: "out" }, world);

    expect(after.nodes.at(-1)?.config).toEqual({ words: "{{ think_1.text }}" });
  });

  test("behind a deciding step the nearest information lies further up", () => {
    const g = graph([step("hear_1"), step("fork_1", 320)], "hear_1 -> fork_1");

    const { graph: after } = addStep(g, SAY, { kind: "after", node: "fork_1", port: "else" }, world);

    expect(after.nodes.at(-1)?.config).toEqual({ words: "{{ hear_1.query }}" });
  });

  test("never covers another card, on 20 random graphs", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = dice(seed);
      let g = story();
      for (let i = 0; i < 25; i++) {
        const node = g.nodes[Math.floor(random() * g.nodes.length)];
        const type = [THINK, SAY, FORK][Math.floor(random() * 3)] ?? SAY;
        const port = node && portsOf(node, TYPES, NO_SHAPES)[0]?.name;
        if (node && port) g = addStep(g, type, { kind: "after", node: node.id, port }, world).graph;
      }
      expect(noneOverlap(g)).toBe(true);
    }
  });
});

test("placeAfter goes into the only way on, and to a free way out of a deciding step", () => {
  const g = graph(
    [step("fork_1", 0, 0, { cases: [{ name: "yes", title: "Yes" }] }), step("say_1", 320)],
    "fork_1.yes -> say_1",
  );

  expect(placeAfter(story(), "hear_1", world)).toEqual({ kind: "edge", edge: arrow("hear_1 -> think_1") });
  expect(placeAfter(story(), "say_1", world)).toEqual({ kind: "after", node: "say_1", port: "out" });
  expect(placeAfter(g, "fork_1", world)).toEqual({ kind: "after", node: "fork_1", port: "else" });
});

test("removing a step from a chain joins its neighbours", () => {
  expect(arrows(removeSteps(story(), new Set(["think_1"])))).toEqual(["hear_1.out>say_1"]);
});

test("removing a deciding step joins nothing", () => {
  const g = graph(
    [
      step("hear_1"),
      step("fork_1", 320, 0, { cases: [{ name: "yes", title: "Yes" }] }),
      step("say_1", 640),
      step("say_2", 640, 200),
    ],
    "hear_1 -> fork_1",
    "fork_1.yes -> say_1",
    "fork_1.else -> say_2",
  );

  expect(arrows(removeSteps(g, new Set(["fork_1"])))).toEqual([]);
});

test("a connection leaves with its case", () => {
  const cases = [
    { name: "yes", title: "Yes" },
    { name: "no", title: "No" },
  ];
  const g = graph(
    [step("fork_1", 0, 0, { cases }), step("say_1"), step("say_2")],
    "fork_1.yes -> say_1",
    "fork_1.else -> say_2",
  );

  const after = setConfig(g, "fork_1", { cases: cases.slice(1) }, world);

  expect(arrows(after)).toEqual(["fork_1.else>say_2"]);
});

test("setField leaves the other steps as they are", () => {
  const before = story();

  const after = setField(before, "think_1", "model", "practice", world);

  expect(after.nodes[0]).toBe(before.nodes[0]);
  expect(after.nodes[1]?.config).toEqual({ question: "{{ hear_1.query }}", model: "practice" });
});

test("copies are connected to each other, and speak of each other", () => {
  const g = story();
  const piece = pieceOf(g, new Set(["think_1", "say_1"]));

  const { graph: after, ids } = addCopies(g, [], piece, { x: 40, y: 40 }, world);

  expect(ids).toEqual(["think_2", "say_2"]);
  expect(arrows(after)).toContain("think_2.out>say_2");
  expect(after.nodes.at(-1)?.config).toEqual({ words: "{{ think_2.text }}" });
  expect(after.nodes.at(-2)?.config).toEqual({ question: "{{ hear_1.query }}" });
});

test("a step that begins the run is not copied a second time", () => {
  const g = story();

  expect(addCopies(g, [], pieceOf(g, new Set(["hear_1"])), { x: 0, y: 0 }, world).ids).toEqual([]);
});

test("impossible connections are refused with their reason", () => {
  const g = story();

  expect(refusal(g, arrow("say_1 -> think_1"), TYPES)).toBe("circle");
  expect(refusal(g, arrow("say_1 -> hear_1"), TYPES)).toBe("intoStart");
  expect(refusal(g, arrow("say_1 -> say_1"), TYPES)).toBe("itself");
  expect(refusal(g, arrow("hear_1 -> think_1"), TYPES)).toBe("twice");
  expect(refusal(g, arrow("hear_1 -> say_1"), TYPES)).toBeNull();
});

test("tidying up 50 steps leaves no overlap, and every connection goes to the right", () => {
  const random = dice(7);
  let g = graph([step("hear_1")]);
  for (let i = 1; i < 50; i++) {
    const source = g.nodes[Math.floor(random() * g.nodes.length)]?.id ?? "hear_1";
    g = {
      nodes: [...g.nodes, step(`think_${i}`, random() * 900, random() * 900)],
      edges: [...g.edges, arrow(`${source} -> think_${i}`)],
    };
    const other = g.nodes[Math.floor(random() * g.nodes.length)]?.id ?? "hear_1";
    if (!wouldCycle(g, other, `think_${i}`)) g = connect(g, arrow(`${other} -> think_${i}`));
  }

  const tidied = tidy(g, world, dagre);
  const places = new Map(tidied.nodes.map((n) => [n.id, n.position]));

  expect(noneOverlap(tidied)).toBe(true);
  for (const e of g.edges) expect(places.get(e.target)?.x).toBeGreaterThan(places.get(e.source)?.x ?? 0);
});

test("steps are read from the beginning on; what stands alone comes last", () => {
  const g = graph(
    [step("aside_1"), step("hear_1"), step("think_1"), step("say_1")],
    "hear_1 -> think_1",
    "think_1 -> say_1",
  );

  expect(readingOrder(g, (n) => n.type === "hear")).toEqual(["hear_1", "think_1", "say_1", "aside_1"]);
});
