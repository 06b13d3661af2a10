import { describe, expect, it } from "vitest";
import { markdownBlocks } from "./blocks";

describe("markdownBlocks", () => {
  it("cuts at blank lines", () => {
    expect(markdownBlocks("One.\n\nTwo.\nStill two.\n\n\nThree.")).toEqual([
      "One.",
      "Two.\nStill two.",
      "Three.",
    ]);
  });

  it("keeps fences whole, also while they are still open", () => {
    expect(markdownBlocks("a\n\n```py\nx\n\ny\n```\n\nb")).toEqual(["a", "```py\nx\n\ny\n```", "b"]);
    expect(markdownBlocks("```\nx\n\ny")).toEqual(["```\nx\n\ny"]);
    expect(markdownBlocks("````\n```\n\nx\n````\n\nb")).toEqual(["````\n```\n\nx\n````", "b"]);
  });

  it("keeps a loose list whole, so that its numbers go on", () => {
    expect(markdownBlocks("1. a\n\n   more\n\n2. b\n\nEnd.")).toEqual(["1. a\n\n   more\n\n2. b", "End."]);
  });

  it("does not cut a text whose definitions reach across", () => {
    expect(markdownBlocks("See [x].\n\n[x]: https://example.org")).toHaveLength(1);
  });

  it("never changes an earlier block when the text grows, so only the last renders again", () => {
    const text = "# Title\n\nFirst, with *marks*.\n\n- a\n- b\n\n```\ncode\n\nmore\n```\n\nLast.";
    let before: string[] = [];
    for (let end = 1; end <= text.length; end++) {
      const now = markdownBlocks(text.slice(0, end));
      expect(now.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
      before = now;
    }
  });
});
