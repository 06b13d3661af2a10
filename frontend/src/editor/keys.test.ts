import { describe, expect, test } from "vitest";
import en from "@/i18n/en/editor.json";
import { ACTIONS } from "./actions";
import { actionFor, isPressed, printed } from "./actions/keys";
import { readSteps, writeSteps } from "./clipboard";
import { neighbour } from "./neighbours";
import { graph, step, story } from "./testing";

const press = (
  key: string,
  mods: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...mods,
});

describe("shortcuts", () => {
  test("the same key with and without Shift are two commands", () => {
    expect(actionFor(ACTIONS, press("z", { ctrlKey: true }))?.id).toBe("undo");
    expect(actionFor(ACTIONS, press("Z", { ctrlKey: true, shiftKey: true }))?.id).toBe("redo");
    expect(actionFor(ACTIONS, press("z", { metaKey: true }))?.id).toBe("undo");
    expect(actionFor(ACTIONS, press("z"))).toBeUndefined();
  });

  test("a question mark is one on every keyboard", () => {
    expect(isPressed("?", press("?", { shiftKey: true }))).toBe(true);
    expect(isPressed("?", press("?"))).toBe(true);
  });

  test("no two commands share a combination, and each has a name", () => {
    const keys = ACTIONS.flatMap((a) => a.keys);

    expect(new Set(keys).size).toBe(keys.length);
    for (const action of ACTIONS) expect(en.actions[action.label]).toBeTruthy();
  });

  test("they are printed as the keyboard has them", () => {
    expect(printed("mod+shift+z", false)).toBe("Ctrl+Shift+Z");
    expect(printed("mod+shift+z", true)).toBe("⌘⇧Z");
    expect(printed("f2", false)).toBe("F2");
  });
});

test("an arrow key leads to what lies there where no connection leads on", () => {
  const g = graph(
    [step("hear_1", 0, 0), step("think_1", 320, 0), step("alone_1", 640, 0), step("alone_2", 640, 400)],
    "hear_1 -> think_1",
  );

  expect(neighbour(g, "think_1", "right")).toBe("alone_1");
  expect(neighbour(g, "alone_1", "left")).toBe("think_1");
  expect(neighbour(g, "alone_1", "right")).toBeNull();
});

test("arrow keys follow connections left and right, and lie of the land up and down", () => {
  const g = graph(
    [step("hear_1", 0, 100), step("think_1", 320, 0), step("think_2", 320, 200), step("say_1", 640, 0)],
    "hear_1 -> think_1",
    "hear_1 -> think_2",
    "think_1 -> say_1",
  );

  expect(neighbour(g, "hear_1", "right")).toBe("think_1");
  expect(neighbour(g, "think_1", "down")).toBe("think_2");
  expect(neighbour(g, "think_2", "left")).toBe("hear_1");
  expect(neighbour(g, "say_1", "right")).toBeNull();
});

describe("steps on the clipboard", () => {
  test("are read back as they were", () => {
    expect(readSteps(writeSteps(story()))).toEqual(story());
  });

  test.each(["hello", "{}", "[]", '{"kind":"treadle/steps","nodes":[{"id":1}],"edges":[]}', "null"])(
    "%j holds none",
    (text) => {
      expect(readSteps(text)).toBeNull();
    },
  );
});
