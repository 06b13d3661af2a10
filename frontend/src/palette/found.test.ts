import { expect, test } from "vitest";
import { found } from "./found";
import type { Kind, Offer } from "./offers";

const offer = (kind: Kind, title: string): Offer => ({
  kind,
  title,
  perform: () => {},
});
const titles = (offers: readonly Offer[], query: string) =>
  found(offers, query).map((group) => [group.kind, ...group.offers.map((o) => o.title)]);

test("what is on the page comes before apps, pages and actions", () => {
  const all = [
    offer("action", "Ask"),
    offer("page", "Asked"),
    offer("app", "Asking"),
    offer("step", "Ask AI"),
  ];

  expect(titles(all, "ask")).toEqual([
    ["step", "Ask AI"],
    ["app", "Asking"],
    ["page", "Asked"],
    ["action", "Ask"],
  ]);
});

test("every word must be there, in any order, and a name that begins with them comes first", () => {
  const all = [offer("app", "My returns"), offer("app", "Returns of mine"), offer("app", "Repairs")];

  expect(titles(all, " Returns")).toEqual([["app", "Returns of mine", "My returns"]]);
  expect(titles(all, "mine ret")).toEqual([["app", "Returns of mine"]]);
  expect(titles(all, "nothing")).toEqual([]);
});

test("before anything is typed there are a few of each kind", () => {
  const many = Array.from({ length: 50 }, (_, i) => offer("step", `Step ${i}`));

  expect(found(many, "")[0]?.offers).toHaveLength(6);
  expect(found(many, "step 4")[0]?.offers[0]?.title).toBe("Step 4");
});
