import { describe, expect, test } from "vitest";
import { frame, graph, LEAVE, step, THINK, TYPES } from "../testing";
import {
  changed,
  errorsOf,
  firstOf,
  formOf,
  mayFail,
  outcomeOf,
  outcomesOf,
  pausesOf,
  withOutcome,
} from "./policy";

const world = { types: TYPES, shapes: {} };
const think = (policy = {}) => ({ ...step("think_1"), policy });

describe("what happens after the last try", () => {
  test("without a policy it is what the drawing says", () => {
    const alone = graph([think()]);
    const wired = graph([think(), step("say_1")], "think_1.error -> say_1");

    expect(outcomeOf(alone, think())).toBe("fail");
    expect(outcomeOf(wired, think())).toBe("port");
    expect(outcomeOf(wired, think({ on_error: "fail" }))).toBe("fail");
  });

  test("to stop is said only where a connection would say otherwise", () => {
    const alone = graph([think()]);
    const wired = graph([think(), step("say_1")], "think_1.error -> say_1");
    const node = think({ on_error: "default", default: { text: "x" }, timeout_s: 3 });

    expect(withOutcome(alone, node, "fail", {})).toEqual({ timeout_s: 3 });
    expect(withOutcome(wired, node, "fail", {})).toEqual({ timeout_s: 3, on_error: "fail" });
  });

  test("a default begins with all that must be there, and a choice of ways with the last", () => {
    const output = {
      type: "object",
      required: ["text", "count", "case", "items"],
      properties: {
        text: { type: "string" },
        count: { type: "integer" },
        case: { type: "string", oneOf: [{ const: "a" }, { const: "else" }] },
        items: { type: "array" },
        more: { type: "string" },
      },
    };

    expect(withOutcome(graph([think()]), think(), "default", output)).toEqual({
      on_error: "default",
      default: { text: "", count: 0, case: "else", items: [] },
    });
    expect(firstOf({})).toBe(null);
    expect(formOf(output).properties).toMatchObject({
      text: { "x-ui": { widget: "paragraph", more: false } },
      case: { "x-ui": { more: false } },
      more: { "x-ui": { more: true } },
    });
  });

  test("a step without ways out cannot go on with anything", () => {
    expect(outcomesOf(step("leave_1"), world)).toEqual(["fail", "port"]);
    expect(outcomesOf(step("think_1"), world)).toEqual(["fail", "port", "default"]);
    expect(mayFail(LEAVE, {})).toBe(false);
    expect(mayFail(LEAVE, { on_error: "port" })).toBe(true);
    expect(mayFail(THINK, {})).toBe(true);
  });
});

describe("errors to choose among", () => {
  test("are those of the step's type; one of time only where its time is limited", () => {
    expect(errorsOf(think(), TYPES)).toEqual(["model_busy", "model_auth", "node_crashed"]);
    expect(errorsOf(think({ timeout_s: 5 }), TYPES)).toContain("node_timeout");
    expect(errorsOf(think({ retry_codes: ["http_404"] }), TYPES)).toContain("http_404");
    expect(errorsOf(step("say_1"), TYPES)).toEqual([]);
  });

  test("of a step that holds steps are theirs too, and of a type that does not say all there are", () => {
    const around = frame("again_1", graph([frame("again_2", graph([think()]))]));

    expect(errorsOf(around, TYPES)).toContain("model_busy");
    const silent = new Map([...TYPES, ["think", { ...THINK, errors: null }], ["other", THINK]]);
    expect(errorsOf(think(), silent)).toContain("model_auth");
  });
});

test("what is as usual is not said", () => {
  expect(changed({ max_attempts: 3, timeout_s: 5 }, { max_attempts: null })).toEqual({ timeout_s: 5 });
});

test("pauses double up to the longest", () => {
  expect(pausesOf(2, 3)).toEqual([2, 4, 8]);
  expect(pausesOf(200, 3)).toEqual([200, 300, 300]);
  expect(pausesOf(1, 0)).toEqual([]);
});
