/** A run that does not simply go on says so in the list, and why. */

import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { RunSummary } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { RunRow } from "./RunRow";

const state: RunSummary["state"] = {
  kind: "working",
  reason: "",
  path: "",
  title: "",
  since: "2026-11-25T12:00:00Z",
  until: null,
};
const usage = { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42, cost: null, at_least: false };
const run = {
  id: "r1",
  status: "running",
  query: "Hello",
  answer: "",
  error: null,
  usage,
  audience: "member",
  version: 3,
  elapsed_ms: null,
  handled_errors: 0,
  recoveries: 0,
  created_at: "2026-11-25T12:00:00Z",
  started_at: null,
  finished_at: null,
  state,
} as unknown as RunSummary;

afterEach(() => vi.unstubAllGlobals());

const row = async (more: Partial<RunSummary>) => {
  await renderApp(<RunRow run={{ ...run, ...more }} app="a1" />);
  return screen.findByRole("link");
};

test.each<[Partial<RunSummary["state"]>, string, string]>([
  [{ kind: "stuck", reason: "no_worker" }, "Stuck", "nothing takes it up"],
  [{ kind: "stuck", reason: "worker_gone" }, "Stuck", "not heard of any more"],
  [{ kind: "recovered", reason: "worker_gone" }, "Going on after an interruption", "Another took over"],
  [{ kind: "waiting", reason: "outcome_unknown", title: "Pay" }, "Waiting", "“Pay” was cut off"],
  [{ kind: "waiting", reason: "ask_human", title: "Approve" }, "Waiting", "“Approve”"],
  [{ kind: "waiting", reason: "event", title: "Delivery" }, "Waiting", "“Delivery” waits for something"],
  [{ kind: "queued", reason: "behind" }, "In line", "the message before it"],
  [{ kind: "paused" }, "Paused", "Someone paused it"],
])("a run that is %o says why", async (told, word, why) => {
  const shown = await row({ state: { ...state, ...told } });

  expect(shown).toHaveTextContent(word);
  expect(shown).toHaveTextContent(why);
});

test("a run at work explains nothing", async () => {
  expect((await row({})).textContent).not.toContain("took over");
  expect(screen.getByRole("link")).toHaveTextContent("42 tokens");
});

test("what it used is a least where its worker ended while a model was asked", async () => {
  expect(await row({ usage: { ...usage, at_least: true } })).toHaveTextContent("at least 42 tokens");
});

test("a run that broke off and has ended says how often", async () => {
  const shown = await row({ status: "succeeded", recoveries: 2, state: { ...state, kind: "ended" } });

  expect(shown).toHaveTextContent("It was broken off 2 times and went on");
});

test("a run that went on from another says from which step, and leads to the other", async () => {
  const origin = { run: "r0", path: "each_1[2].prompt_1", title: "Judge", type: "prompt", is_kept: true };
  serve({ "GET /api/nodes": { body: { nodes: [], groups: [] } } });
  await renderApp(<RunRow run={{ ...run, origin }} app="a1" />);

  expect(await screen.findByText("Run again from “Judge”")).toBeVisible();
  expect(screen.getByRole("link", { name: "Open the earlier run" })).toHaveAttribute(
    "href",
    "/apps/a1/runs/r0",
  );
});

test("a run that went on from one that is gone says so, and leads nowhere", async () => {
  const origin = { run: "r0", path: "prompt_1", title: "", type: "", is_kept: false };
  serve({ "GET /api/nodes": { body: { nodes: [], groups: [] } } });
  await renderApp(<RunRow run={{ ...run, origin }} app="a1" />);

  expect(await screen.findByText("The earlier run is not kept any more.")).toBeVisible();
  expect(screen.getByText("Run again from a step of an earlier run")).toBeVisible();
  expect(screen.getAllByRole("link")).toHaveLength(1);
});
