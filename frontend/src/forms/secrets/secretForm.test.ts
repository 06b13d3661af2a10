import { expect, it } from "vitest";
import type { Secret } from "@/api/types";
import { faultsOf, formOf, hostsOf } from "./secretForm";

const kept = { name: "Shop", hosts: ["a.example", "b.example"] } as Secret;

it("reads hosts however they are separated, each once", () => {
  expect(hostsOf(" a.example\nb.example, a.example；c.example \n")).toEqual([
    "a.example",
    "b.example",
    "c.example",
  ]);
});

it("wants a name, a value and a host for a new secret", () => {
  expect(faultsOf(formOf(null), null)).toEqual({ name: "missing", value: "missing", hosts: "noHosts" });
  expect(faultsOf({ name: "x", value: "short", hosts: "a.example" }, null)).toEqual({ value: "tooShort" });
  expect(faultsOf({ name: "x", value: "long enough", hosts: "a.example" }, null)).toEqual({});
});

it("wants the value again when a kept secret is to go to a new host, and only then", () => {
  expect(formOf(kept)).toEqual({ name: "Shop", value: "", hosts: "a.example\nb.example" });
  expect(faultsOf({ ...formOf(kept), hosts: "a.example" }, kept)).toEqual({});
  expect(faultsOf({ ...formOf(kept), hosts: "c.example" }, kept)).toEqual({ value: "valueNeeded" });
  expect(faultsOf({ ...formOf(kept), hosts: "c.example", value: "long enough" }, kept)).toEqual({});
});
