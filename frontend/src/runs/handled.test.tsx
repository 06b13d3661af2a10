import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, test, vi } from "vitest";
import type { JsonObject, RunEvent } from "@/api/types";
import { renderApp } from "@/test/renderApp";
import { EMPTY_RUN, foldEvents } from "./fold";
import { givenBy, handledIn, limitHit } from "./handled";
import { RunNotes } from "./RunNotes";

const BUSY = { code: "model_busy", message: "The model is busy.", hint: "" };

function ran(...facts: [type: string, path: string, data: JsonObject][]) {
  const events = facts.map(([type, path, data], i) => ({ seq: i + 1, type, path, data, at: "" }));
  return foldEvents(EMPTY_RUN, events as unknown as RunEvent[]);
}

const failed = (path: string, rest: JsonObject): [string, string, JsonObject] => [
  "node_failed",
  path,
  { error: BUSY, retry_in_s: null, port: null, ...rest },
];

test("a step that failed and was gone on after gives what happened, or what was set for this case", () => {
  const run = ran(
    ["run_started", "", { query: "hi" }],
    ["node_started", "ask_1", { attempt: 1 }],
    failed("ask_1", { port: "error" }),
    ["node_started", "ask_2", { attempt: 1 }],
    failed("ask_2", { port: "out", default: true, output: { text: "Sorry." } }),
    ["node_started", "ask_3", { attempt: 1 }],
    failed("ask_3", { retry_in_s: 2 }),
  );

  expect(givenBy(run.steps.ask_1)).toEqual({ code: "model_busy", message: "The model is busy." });
  expect(run.steps.ask_2?.output).toEqual({ text: "Sorry." });
  expect(run.steps.ask_3?.output).toBe(null);
  expect(handledIn(run).map(({ path, how }) => [path, how])).toEqual([
    ["ask_1", "port"],
    ["ask_2", "default"],
  ]);
  expect(run.handled).toBe(2);
});

it("says after the end what the run coped with, also what a list left out", async () => {
  const run = ran(
    ["run_started", "", { query: "hi" }],
    ["node_started", "ask_2", { attempt: 1 }],
    failed("ask_2", { port: "out", default: true, output: { text: "Sorry." } }),
    ["run_succeeded", "", { answer: "Sorry.", outputs: {}, handled_errors: 3 }],
  );

  await renderApp(<RunNotes run={run} titleOf={(path) => `Step ${path}`} />);
  await userEvent.click(await screen.findByText("3 problems dealt with"));

  expect(screen.getByText("Step ask_2")).toBeInTheDocument();
  expect(screen.getByText("What was set was used.")).toBeInTheDocument();
  expect(screen.getByText("2 rounds of steps that repeat were left out.")).toBeInTheDocument();
});

it("says which limit ended a run, and leads to where it is set", async () => {
  const error = { code: "step_limit", message: "", hint: "" };
  const run = ran(
    ["run_started", "", { query: "hi", limits: { steps: 1_200 } }],
    ["run_failed", "", { error, answer: "Half" }],
  );
  const onLimits = vi.fn();

  expect(limitHit(run)).toBe("steps");
  await renderApp(<RunNotes run={run} titleOf={() => ""} onLimits={onLimits} />);
  expect(await screen.findByText(/its limit of 1,200 steps/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Change what a run may take" }));
  expect(onLimits).toHaveBeenCalled();
});

it("says nothing of a run that went well, or is still at work", async () => {
  const well = ran(
    ["run_started", "", {}],
    ["run_succeeded", "", { answer: "x", outputs: {}, handled_errors: 0 }],
  );
  const open = ran(
    ["run_started", "", {}],
    ["node_started", "ask_1", { attempt: 1 }],
    failed("ask_1", { port: "error" }),
  );

  const { container } = await renderApp(
    <>
      <RunNotes run={well} titleOf={() => ""} />
      <RunNotes run={open} titleOf={() => ""} />
    </>,
  );

  expect(container).toBeEmptyDOMElement();
});
