import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { RunSummary } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { RunControls } from "./RunControls";

const state = (change: Partial<RunSummary["state"]>): RunSummary["state"] => ({
  kind: "working",
  reason: "",
  path: "",
  title: "",
  since: null,
  until: null,
  ...change,
});

const session = (role: string) => ({ body: { role, user: null, workspaces: [] } });

const show = (change: Partial<RunSummary["state"]>, onChanged = () => {}) =>
  renderApp(<RunControls run="r1" state={state(change)} title="Pay" onChanged={onChanged} />);

afterEach(() => vi.unstubAllGlobals());

it.each([
  ["working", "Pause", "pause"],
  ["paused", "Continue", "resume"],
  ["pausing", "Continue", "resume"],
  ["waiting", "Stop", "cancel"],
  ["stuck", "Stop", "cancel"],
] as const)("a run that is %s offers: %s", async (kind, label, verb) => {
  const asked = serve({ "GET /api/session": session("editor"), [`POST /api/runs/r1/${verb}`]: { body: {} } });
  const onChanged = vi.fn();
  await show({ kind }, onChanged);

  await userEvent.click(await screen.findByRole("button", { name: label }));

  expect(asked.at(-1)?.call).toBe(`POST /api/runs/r1/${verb}`);
  expect(onChanged).toHaveBeenCalledOnce();
});

it("asks what became of a step, and the page looks again once that is said", async () => {
  const asked = serve({ "GET /api/session": session("editor"), "POST /api/runs/r1/settle": { body: {} } });
  const onChanged = vi.fn();
  await show({ kind: "waiting", reason: "outcome_unknown", path: "each_1[2].tool_1" }, onChanged);

  await userEvent.click(await screen.findByRole("button", { name: "It was done" }));

  expect(asked.at(-1)?.body).toEqual({ path: "each_1[2].tool_1", action: "done" });
  expect(onChanged).toHaveBeenCalledOnce();
});

it("says why something was not possible", async () => {
  const error = { code: "not_found", message: "Gone.", hint: "" };
  serve({
    "GET /api/session": session("owner"),
    "POST /api/runs/r1/cancel": { status: 404, body: { error } },
  });
  await show({ kind: "working" });

  await userEvent.click(await screen.findByRole("button", { name: "Stop" }));

  expect(await screen.findByRole("alert")).toBeVisible();
});

it.each([
  ["viewer", "working"],
  ["editor", "ended"],
] as const)("offers a %s nothing on a run that is %s", async (role, kind) => {
  const asked = serve({ "GET /api/session": session(role) });
  const { container } = await show({ kind });
  await vi.waitFor(() => expect(asked).toHaveLength(1));

  expect(container.querySelector("button")).toBeNull();
});
