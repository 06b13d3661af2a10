import { describe, expect, test, vi } from "vitest";
import { boxesOf } from "@/flow-kit/frames";
import { CARD, cardHeight, LINE_Y } from "@/flow-kit/geometry";
import { setField, setPolicy, setTitle } from "./edits";
import { type DrawnFlow, draw, type FlowWords, placeSteps } from "./flow";
import { graph, NO_SHAPES, step, story, TYPES } from "./testing";

const words: FlowWords = {
  info: (node, path) => `${node} ${path.join(".")}`,
  model: (id) => id || "the usual model",
  condition: (field, operator, value) => `${field} ${operator} ${value}`,
  list: (items) => items.join(", "),
  app: (id) => `app ${id}`,
  version: (number) => (number === null ? "latest" : `version ${number}`),
  yesNo: (value) => (value ? "yes" : "no"),
  nothing: "…",
  port: (name) => (name === "error" ? "If it fails" : name),
  problem: (p) => p.message,
  policy: ({ on_error }) => (on_error ? `if it fails: ${on_error}` : ""),
  label: ({ title, number, count, after, before, problem }) =>
    `${title}, ${number}/${count}, after ${after.join()}, before ${before.join()}${problem && `, ${problem}`}`,
  connection: (from, path, to) => `${from} [${path}] ${to}`,
};
const world = { types: TYPES, shapes: NO_SHAPES };
const drawing = { types: TYPES, shapes: NO_SHAPES, problems: [], language: "en", words };
const place = (g: ReturnType<typeof story>, drawn: DrawnFlow, selection: string[] = [], before = new Map()) =>
  placeSteps(g, drawn.views, { selection, moving: new Map(), world }, before);

describe("draw", () => {
  test("a step with sample data is drawn so, and only it is drawn anew", () => {
    const before = draw({ ...drawing, graph: story() });
    const { views } = draw({ ...drawing, graph: story(), pinned: new Set(["think_1", "gone_1"]) }, before);

    expect([...views].map(([id, view]) => [id, view.isPinned])).toEqual([
      ["hear_1", false],
      ["think_1", true],
      ["say_1", false],
    ]);
    expect(views.get("say_1")).toBe(before.views.get("say_1"));
  });

  test("a step has its title, a sentence from its settings and a name for screen readers", () => {
    const { views } = draw({ ...drawing, graph: story() });

    expect(views.get("think_1")).toMatchObject({
      title: "Think hard",
      sentence: "Answers hear_1 query with the usual model.",
      label: "Think hard, 2/3, after Visitor speaks, before Say",
      group: "Think",
      icon: "/api/nodes/think/icon.svg",
    });
  });

  test("titles come in the reader's language, and number steps of one type", () => {
    const g = graph([step("hear_1"), step("think_2"), step("say_1", 0, 0, {}, "My own")]);

    const { views } = draw({ ...drawing, graph: g, language: "zh" });

    expect([...views.values()].map((v) => v.title)).toEqual(["访客说话", "Think hard 2", "My own"]);
  });

  test("cases are ways out with a title each, and the path for failures shows when it is used", () => {
    const g = graph(
      [step("fork_1", 0, 0, { cases: [{ name: "a", title: "Angry" }] }), step("say_1"), step("say_2")],
      "fork_1.a -> say_1",
      "fork_1.error -> say_2",
    );

    const { views, edges } = draw({ ...drawing, graph: g });

    expect(views.get("fork_1")?.ports).toEqual([
      { name: "a", title: "Angry", isConnected: true },
      { name: "else", title: "Otherwise", isConnected: false },
      { name: "error", title: "If it fails", isConnected: true },
    ]);
    expect(edges.get("fork_1.a>say_1")?.ariaLabel).toBe("Fork [Angry] Say");
  });

  test("a path for failures that is wanted shows before anything is connected to it, and the card says so", () => {
    const wanted = setPolicy(story(), "think_1", { on_error: "port" });

    const { views } = draw({ ...drawing, graph: wanted });

    expect(views.get("think_1")?.ports.at(-1)).toEqual({
      name: "error",
      title: "If it fails",
      isConnected: false,
    });
    expect(views.get("think_1")?.policy).toBe("if it fails: port");
    const box = boxesOf(wanted, world).get("think_1");
    expect(box?.height).toBe(cardHeight(2));
  });

  test("what did not change stays the same object", () => {
    const before = story();
    const first = draw({ ...drawing, graph: before });
    const nodes = place(before, first);
    const after = setField(before, "say_1", "words", "Hello", { types: TYPES, shapes: NO_SHAPES });

    const second = draw({ ...drawing, graph: after }, first);
    const placed = place(after, second, ["hear_1"], new Map(nodes.map((n) => [n.id, n])));

    expect(placed.map((n, i) => n === nodes[i])).toEqual([false, true, true]);
    expect([...second.edges.values()].every((e) => first.edges.get(e.id) === e)).toBe(true);
  });

  test("only what is read is put into words, and only once", () => {
    const label = vi.fn(words.label);
    const connection = vi.fn(words.connection);
    const { views, edges } = draw({ ...drawing, graph: story(), words: { ...words, label, connection } });
    expect([label.mock.calls, connection.mock.calls]).toEqual([[], []]);

    const read = [1, 2].map(() => [views.get("say_1")?.label, edges.get("think_1.out>say_1")?.ariaLabel]);

    expect(read[0]).toEqual(["Say, 3/3, after Think hard, before ", "Think hard [] Say"]);
    expect(read[1]).toEqual(read[0]);
    expect([label.mock.calls.length, connection.mock.calls.length]).toEqual([1, 1]);
  });

  test("what was read is drawn anew once it says something else", () => {
    const first = draw({ ...drawing, graph: story() });
    const said = (of: DrawnFlow) => [
      of.views.get("think_1")?.label,
      of.views.get("hear_1")?.label,
      of.edges.get("think_1.out>say_1")?.ariaLabel,
    ];
    expect(said(first)[0]).toContain("before Say");
    const { views, edges } = first;

    const second = draw({ ...drawing, graph: setTitle(story(), "say_1", "Bye") }, first);

    expect(said(second)[0]).toContain("before Bye");
    expect(said(second)[2]).toBe("Think hard [] Bye");
    expect(second.views.get("think_1")).not.toBe(views.get("think_1"));
    expect(second.views.get("hear_1")).toBe(views.get("hear_1"));
    expect(second.edges.get("hear_1.out>think_1")).toBe(edges.get("hear_1.out>think_1"));
  });

  test("a new title reaches the neighbours' names", () => {
    const first = draw({ ...drawing, graph: story() });

    const second = draw({ ...drawing, graph: setTitle(story(), "say_1", "Bye") }, first);

    expect(second.views.get("think_1")?.label).toContain("before Bye");
    expect(second.views.get("hear_1")).toBe(first.views.get("hear_1"));
  });
});

describe("placeSteps", () => {
  test("every node carries width, height, handles and measured, so that nothing is measured in the DOM", () => {
    const g = story();
    const [hear, think] = place(g, draw({ ...drawing, graph: g }));

    expect(think).toMatchObject({
      width: CARD.width,
      height: cardHeight(1),
      measured: { width: CARD.width, height: cardHeight(1) },
    });
    expect(think?.handles?.map((h) => [h.id, h.type, h.x + CARD.handle / 2, h.y + CARD.handle / 2])).toEqual([
      ["out", "source", CARD.width, LINE_Y],
      ["in", "target", 0, LINE_Y],
    ]);
    expect(hear?.handles?.map((h) => h.id)).toEqual(["out"]);
  });

  test("a drag moves a step without touching the graph", () => {
    const g = story();
    const { views } = draw({ ...drawing, graph: g });

    const moved = placeSteps(
      g,
      views,
      { selection: [], moving: new Map([["say_1", { x: 5, y: 6 }]]), world },
      new Map(),
    );

    expect(moved.find((n) => n.id === "say_1")?.position).toEqual({ x: 5, y: 6 });
  });
});
