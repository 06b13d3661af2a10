import { expect, it } from "vitest";
import { doingWords } from "./doing";
import { testWords } from "./testWords";

it("says that something is looked up or done, and by which tools where that is told", () => {
  const read = { kind: "look_up", tool: "" } as const;
  const write = { kind: "act", tool: "" } as const;

  expect(doingWords([], testWords)).toBeNull();
  expect(doingWords([read], testWords)).toBe("Looking something up…");
  expect(doingWords([read, write], testWords)).toBe("Getting something done…");
  expect(
    doingWords([{ kind: "look_up", tool: "Orders" }, { kind: "act", tool: "Pay $& back" }, read], testWords),
  ).toBe("At work with: Orders, Pay $& back");
});

it.each([
  [1, 2, "2 before you: the model answers one question at a time."],
  [3, 5, "5 before you: the model answers 3 questions at a time."],
])("says how many are before a question that waits, before what else is at work", (at_once, ahead, said) => {
  const wait = { kind: "wait", tool: "", ahead, at_once } as const;

  expect(doingWords([wait, { kind: "look_up", tool: "Orders" }], testWords)).toBe(said);
});
