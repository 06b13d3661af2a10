import { expect, it } from "vitest";
import { bestSentence } from "./highlight";

const found = (passage: string, question: string, language?: string) => {
  const span = bestSentence(passage, question, language);
  return span && passage.slice(span.start, span.end);
};

const POLICY =
  "Returns\nYou may return shoes within 30 days. Shipping is free for orders over 50 euros. Refunds arrive within a week.";

it("finds the sentence that answers", () => {
  expect(found(POLICY, "How many days do I have to return my shoes?")).toBe(
    "You may return shoes within 30 days.",
  );
  expect(found(POLICY, "what does shipping cost")).toBe("Shipping is free for orders over 50 euros.");
});

it("takes singular and plural for the same", () => {
  expect(found(POLICY, "When comes my refund?")).toBe("Refunds arrive within a week.");
});

it("does not point anywhere when only little words are shared, or none", () => {
  expect(found(POLICY, "Is it in the what?")).toBeNull();
  expect(found(POLICY, "多久可以退货？", "zh")).toBeNull();
});

it("reads Chinese", () => {
  const text = "运费由我们承担。未穿过的鞋子可在三十天内退货。";

  expect(found(text, "鞋子多久可以退货？", "zh")).toBe("未穿过的鞋子可在三十天内退货。");
});

it("prefers the sentence to the heading that only names its subject", () => {
  const text = "所有包袋保修两年。\n\n维修\n\n维修需要十个工作日。往返邮费由我们承担。";

  expect(found(text, "维修需要多长时间？", "zh")).toBe("维修需要十个工作日。");
  expect(found("请保留收据，我们需要收据上的号码。", "维修需要多长时间？", "zh")).toBeNull();
});

it("keeps a heading apart from the line below it", () => {
  expect(found("Opening hours\nMonday to Friday, 9 to 17.", "Are you open on Monday?")).toBe(
    "Monday to Friday, 9 to 17.",
  );
});
