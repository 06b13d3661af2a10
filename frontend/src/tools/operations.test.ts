import { expect, it } from "vitest";
import type { SourceTool } from "@/api/types";
import { found, keysOfWay, onCard, pairsOf, readsAreTrusted, routeOf, wayOf } from "./operations";

const tool = (name: string, more: Partial<SourceTool> = {}): SourceTool => ({
  id: name,
  name,
  title: "",
  description: "",
  input_schema: {},
  request: { method: "GET", path: `/${name}` },
  digest: name,
  effect: "write",
  says_reads: false,
  state: "ready",
  is_enabled: false,
  offered: null,
  ...more,
});

it("finds an operation by the words of what it says now", () => {
  const tools = [
    tool("list_orders", { title: "All orders" }),
    tool("refund", { offered: { ...tool("refund"), title: "Give money back" } }),
    tool("old", { title: "All orders of old", state: "gone" }),
  ];

  expect(found(tools, "orders GET").map(({ name }) => name)).toEqual(["list_orders"]);
  expect(found(tools, "money").map(({ name }) => name)).toEqual(["refund"]);
  expect(found(tools, "")).toHaveLength(2);
});

it("writes an operation as its method and path, and what is no request not at all", () => {
  expect(routeOf(tool("pets"))).toBe("GET /pets");
  expect(routeOf({ request: null })).toBe("");
});

it("proposes at first that what reads is trusted, and later says how it is", () => {
  const trusted = tool("a", { is_enabled: true, says_reads: true, effect: "read" });
  const asked = tool("b", { is_enabled: true, says_reads: true });

  expect(readsAreTrusted([asked], true)).toBe(true);
  expect(readsAreTrusted([trusted], false)).toBe(true);
  expect(readsAreTrusted([trusted, asked], false)).toBe(false);
  expect(readsAreTrusted([tool("c")], false)).toBe(false);
});

it("knows which key of the description is used", () => {
  const keys = [
    { name: "login", place: "basic" as const, field: "" },
    { name: "key", place: "header" as const, field: "X-Key" },
  ];
  const service = { title: "", version: "", servers: [], keys, pairs: [[0, 1]] };
  const use = (secret_place: "basic" | "header" | "bearer", secret_field = "") =>
    wayOf({ auth: "secret", service }, { secret: "s", secret_place, secret_field });

  expect(use("header", "X-Key")).toBe("1");
  expect(use("basic", "anna")).toBe("0");
  expect(use("header", "X-Other")).toBe("other");
  expect(use("bearer")).toBe("other");
  expect(wayOf({ auth: "none", service }, { secret: "", secret_place: "bearer", secret_field: "" })).toBe(
    "none",
  );
});

it("knows two keys that go along at the same time", () => {
  const keys = [
    { name: "id", place: "header" as const, field: "X-Id" },
    { name: "key", place: "query" as const, field: "key" },
  ];
  const service = { title: "", version: "", servers: [], keys, pairs: [[0, 1]] };
  const use = (secret_place: "header" | "query", secret_field: string) => ({
    secret: "s",
    secret_place,
    secret_field,
  });
  const way = (second: ReturnType<typeof use>) =>
    wayOf({ auth: "secret", service }, use("header", "X-Id"), second);

  expect(pairsOf(service)).toEqual(["0+1"]);
  expect(keysOfWay("0+1", service)).toEqual(keys);
  expect(keysOfWay("other", service)).toEqual([]);
  expect(way(use("query", "key"))).toBe("0+1");
  expect(way(use("query", "token"))).toBe("other");
});

it("shows of a described service only what is used", () => {
  const tools = [tool("a", { is_enabled: true }), tool("b")];

  expect(onCard({ kind: "openapi", tools })).toEqual([tools[0]]);
  expect(onCard({ kind: "mcp", tools })).toEqual(tools);
});
