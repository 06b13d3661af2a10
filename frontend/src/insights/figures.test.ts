import { expect, it } from "vitest";
import type { Insights } from "@/api/types";
import { share, stepLink, topIssue } from "./figures";

const fault = (count: number, path = "") => ({
  error: { code: "model_busy", message: "", hint: "" },
  count,
  run: "r1",
  path,
});
const of = (faults: Insights["faults"], bad = 0) =>
  topIssue("a", { faults, total: { bad } as Insights["total"] });

it("never calls it all as long as something is missing", () => {
  expect([share(0, 0), share(0, 3), share(1, 3), share(999, 1000), share(3, 3)]).toEqual([
    null,
    0,
    33,
    99,
    100,
  ]);
});

it("leads to the innermost step", () => {
  expect(stepLink("a", "loop_1.prompt_1")).toBe("/apps/a/build?step=prompt_1");
});

it("mends first what fails most, and then what was not liked", () => {
  expect(of([fault(3, "prompt_1"), fault(1)], 2)).toBe("/apps/a/build?step=prompt_1");
  expect(of([fault(3)])).toBe("/apps/a/runs/r1");
  expect(of([fault(3)], 4)).toBe("/apps/a/runs?only=bad");
  expect(of([], 1)).toBe("/apps/a/runs?only=bad");
  expect(of([])).toBeNull();
});
