import { expect, test } from "vitest";
import type { Model } from "@/api/types";
import { EMPTY_RUN, type RunState } from "@/runs/fold";
import { setField } from "./edits";
import { KEY_REFUSED, refusedConnection } from "./refusedKey";
import { NO_SHAPES, story, TYPES } from "./testing";

const models = [
  { id: "usual", connection: "Our account" },
  { id: "other", connection: "Theirs" },
  { id: "here", connection: null },
] as Model[];
const known = { types: TYPES, models, defaultModel: "usual" };
const failed = (path: string, code: string = KEY_REFUSED): RunState => ({
  ...EMPTY_RUN,
  steps: { [path]: { error: { code, message: "" } } as RunState["steps"][string] },
});
const using = (model: string) =>
  setField(story(), "think_1", "model", model, { types: TYPES, shapes: NO_SHAPES });

test.each([
  ["", "Our account"],
  ["other", "Theirs"],
  ["here", null],
  ["gone", null],
])("a step that uses the model %j leads to its connection", (model, connection) => {
  expect(refusedConnection(failed("think_1"), using(model), known)).toBe(connection);
});

test("what failed for another reason, elsewhere, or is not known leads nowhere", () => {
  expect(refusedConnection(failed("think_1", "model_busy"), story(), known)).toBeNull();
  expect(refusedConnection(failed("say_1"), story(), known)).toBeNull();
  expect(refusedConnection(failed("gone_1"), story(), known)).toBeNull();
  expect(refusedConnection(failed("think_1"), undefined, known)).toBeNull();
});
