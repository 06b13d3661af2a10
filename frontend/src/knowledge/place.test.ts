import { expect, it } from "vitest";
import { addressOf, placeIn } from "./place";

const back = (address: string) => placeIn(new URL(address, "http://here").searchParams);

it("an address leads back to its place", () => {
  expect(back(addressOf("k", { document: "d", chunk: 7 }))).toEqual({ document: "d", chunk: 7 });
  expect(back(addressOf("k", { document: "d", chunk: null }))).toEqual({ document: "d", chunk: null });
});

it("without a document it is the collection, and a chunk that is no number is passed over", () => {
  expect(back("/knowledge/k?chunk=3")).toBeNull();
  expect(back("/knowledge/k?document=d&chunk=x")).toEqual({ document: "d", chunk: null });
  expect(back("/knowledge/k?document=d&chunk=-1")).toEqual({ document: "d", chunk: null });
});
