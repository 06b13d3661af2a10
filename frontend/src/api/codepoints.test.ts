import { describe, expect, it } from "vitest";
import { foldText, indexOfCodePoint } from "./codepoints";

describe("foldText", () => {
  it("appends, replaces from the middle and starts over", () => {
    expect(foldText("Hello", 5, " there")).toBe("Hello there");
    expect(foldText("Hello there", 6, "you")).toBe("Hello you");
    expect(foldText("Hello", 0, "New")).toBe("New");
  });

  it("counts code points, as Python does, not UTF-16 units", () => {
    expect(foldText("😀你👍🏽", 2, "好")).toBe("😀你好");
    expect(foldText("😀", 1, "!")).toBe("😀!");
    expect(foldText("a😀b", 2, "c")).toBe("a😀c");
  });

  it("builds up the same text from any cut", () => {
    const text = "Ein 👩‍👩‍👧 Wort, 三个字, ok.";
    const points = [...text];
    for (let size = 1; size <= points.length; size++) {
      let folded = "";
      for (let at = 0; at < points.length; at += size)
        folded = foldText(folded, at, points.slice(at, at + size).join(""));
      expect(folded).toBe(text);
    }
  });
});

it("an offset beyond the end is the end", () => {
  expect(indexOfCodePoint("😀", 9)).toBe(2);
});
