import { expect, it } from "vitest";
import type { SharedInfo } from "@/api/types";
import { faultsOf, formOf, withKind } from "./sharedForm";

const kept = { name: "CURRENCY", type: "text", value: "EUR", description: "" } as unknown as SharedInfo;

it("wants a name that steps can write, and a value of the chosen kind", () => {
  expect(faultsOf(formOf(null))).toEqual({ name: "missing" });
  expect(faultsOf({ ...formOf(kept), name: "2 words" })).toEqual({ name: "badName" });
  expect(faultsOf({ ...formOf(kept), name: "货币_2" })).toEqual({});
  expect(faultsOf({ ...formOf(kept), type: "number", value: null })).toEqual({ value: "missing" });
  expect(faultsOf({ ...formOf(kept), type: "list", value: {} })).toEqual({ value: "misfit" });
});

it("keeps a value when its kind changes only where it is of the new kind as well", () => {
  expect(withKind(formOf(kept), "list").value).toEqual([]);
  expect(withKind(formOf(kept), "number").value).toBeNull();
  expect(withKind({ ...formOf(kept), value: "hello" }, "text").value).toBe("hello");
});
