import { QueryObserver } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { FreshQueryClient } from "./freshQueryClient";

it("asks again after a change that a first answer on its way may not know of", async () => {
  const queries = new FreshQueryClient();
  const list: string[] = [];
  const onTheirWay: (() => void)[] = [];
  /** What the list is when it is asked for, not when the answer arrives. */
  const ask = () => {
    const now = [...list];
    return new Promise<string[]>((resolve) => onTheirWay.push(() => resolve(now)));
  };
  const shown = new QueryObserver(queries, { queryKey: ["files"], queryFn: ask });
  const stop = shown.subscribe(() => {});
  list.push("broken.pdf");

  const refreshed = queries.invalidateQueries({ queryKey: ["files"] });
  onTheirWay.shift()?.();
  await expect.poll(() => onTheirWay.length).toBe(1);
  onTheirWay.shift()?.();
  await refreshed;

  expect(shown.getCurrentResult().data).toEqual(["broken.pdf"]);
  stop();
});

it("asks once where an answer is there already", async () => {
  const queries = new FreshQueryClient();
  const asked: string[] = [];
  const shown = new QueryObserver(queries, {
    queryKey: ["files"],
    queryFn: async () => asked.push("again"),
    initialData: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const stop = shown.subscribe(() => {});

  await queries.invalidateQueries({ queryKey: ["files"] });

  expect(asked).toEqual(["again"]);
  stop();
});
