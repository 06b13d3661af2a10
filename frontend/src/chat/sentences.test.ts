import { describe, expect, it } from "vitest";
import { finishedSentences } from "./sentences";

describe("finishedSentences", () => {
  it("waits for the end of a sentence", () => {
    expect(finishedSentences("Yes! You have 3.5 da", 0, false)).toEqual({ sentences: ["Yes!"], upTo: 4 });
  });

  it("gives the rest when the reply is complete", () => {
    expect(finishedSentences("Yes! And more", 4, true)).toEqual({ sentences: ["And more"], upTo: 13 });
  });

  it("ends Chinese sentences without a space", () => {
    expect(finishedSentences("可以。需要退货单吗？好", 0, false).sentences).toEqual([
      "可以。",
      "需要退货单吗？",
    ]);
  });

  it("says each sentence once, however the text arrives", () => {
    const text = "First one. Second **bold** one!\n\n- an item\n- [a link](https://example.org)\nDone";
    const said: string[] = [];
    let upTo = 0;
    for (let end = 1; end <= text.length; end++) {
      const next = finishedSentences(text.slice(0, end), upTo, end === text.length);
      said.push(...next.sentences);
      upTo = next.upTo;
    }
    expect(said).toEqual(["First one.", "Second bold one!", "an item", "a link", "Done"]);
  });
});
