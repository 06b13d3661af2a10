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
