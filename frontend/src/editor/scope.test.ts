import { expect, test } from "vitest";
import { findInfo } from "@/forms/info";
import { scopesOf } from "./scope";
import { graph, NO_SHAPES, step, story, TYPES } from "./testing";

const world = { types: TYPES, shapes: NO_SHAPES, language: "en" };

test("information comes from the steps before, nearest first", () => {
  const scope = scopesOf(story(), world)("say_1");

  expect(scope.map((s) => s.node)).toEqual(["think_1", "hear_1"]);
  expect(scope[0]?.fields.map((f) => [f.path.join("."), f.title, f.kind])).toEqual([
    ["text", "Reply", "text"],
    ["data", "Details", "object"],
    ["words", "Words", "number"],
  ]);
});

test("neither the step itself, nor what follows, nor a parallel path is in reach", () => {
  const g = graph(
    [step("hear_1"), step("think_1"), step("think_2")],
    "hear_1 -> think_1",
    "hear_1 -> think_2",
  );

  expect(scopesOf(g, world)("think_1").map((s) => s.node)).toEqual(["hear_1"]);
  expect(scopesOf(g, world)("hear_1")).toEqual([]);
});

test("the server's shape of a step goes before its type's, and titles come in the reader's language", () => {
  const shapes = {
    hear_1: {
      ports: [],
      output: {
        type: "object",
        properties: { query: { type: "string" }, size: { type: "number", title: "Size" } },
      },
    },
  };

  const scope = scopesOf(story(), { ...world, shapes, language: "zh" })("think_1");

  expect(scope[0]).toMatchObject({
    title: "访客说话",
    fields: [{ title: "消息" }, { title: "Size", kind: "number" }],
  });
});

test("asking twice for one step of one graph is free", () => {
  const scopes = scopesOf(story(), world);

  expect(scopes("say_1")).toBe(scopes("say_1"));
});

test("a reference is known, known inside an open object, or missing", () => {
  const scope = scopesOf(story(), world)("say_1");

  expect(findInfo(scope, { node: "think_1", path: ["text"] })?.title).toBe("Reply");
  expect(findInfo(scope, { node: "think_1", path: ["data", "city"] })?.title).toBe("Details › city");
  expect(findInfo(scope, { node: "think_1", path: ["mood"] })).toBeNull();
  expect(findInfo(scope, { node: "gone_1", path: ["text"] })).toBeNull();
  expect(findInfo(scope, { node: "think_1", path: ["text", "deep"] })).toBeNull();
});
