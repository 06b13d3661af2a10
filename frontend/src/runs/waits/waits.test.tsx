import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { EMPTY_RUN, foldEvents, type RunState } from "../fold";
import { shownSteps } from "../shown";
import { RunWaits } from "./RunWaits";
import { SettleForm } from "./SettleForm";
import { usePause } from "./usePause";
import { waitsOf } from "./waiting";

const event = (seq: number, type: string, path = "", data: RunEvent["data"] = {}): RunEvent => ({
  seq,
  type,
  path,
  at: "2026-11-25T00:00:00Z",
  data,
});

const started = [
  event(1, "run_claimed"),
  event(2, "run_started", "", { query: "hi" }),
  event(3, "node_started", "tool_1", { attempt: 1, type: "tool", input: {} }),
];
const about = { title: "Pay" };
const unknown = { attempt: 1, name: "#settle 1", reason: "outcome_unknown", until: null, about };
const cutOff = [
  ...started,
  event(4, "run_claimed"),
  event(5, "node_waiting", "tool_1", unknown),
  event(6, "run_waiting", "", { reasons: [{ path: "tool_1", reason: "outcome_unknown" }], wake_at: null }),
];
const paused = [
  ...started,
  event(4, "run_waiting", "", { reasons: [{ path: "", reason: "paused" }], parked: ["tool_1"] }),
];
const of = (events: RunEvent[]) => foldEvents(EMPTY_RUN, events);

const session = (role: string) => ({ body: { role, user: null, workspaces: [] } });

function Panel({ run }: { run: RunState }) {
  const pause = usePause("r1", run);
  return (
    <>
      <button type="button" onClick={pause.pause}>
        pause
      </button>
      <RunWaits runId="r1" run={run} pause={pause} titleOf={() => ""} />
    </>
  );
}

afterEach(() => vi.unstubAllGlobals());

describe("the fold of a run that waits", () => {
  it("knows what a step waits for, and forgets it when the step goes on", () => {
    const waiting = of(cutOff);

    expect(waiting).toMatchObject({ status: "waiting", isPaused: false });
    expect(waitsOf(waiting)).toEqual([
      {
        path: "tool_1",
        reason: "outcome_unknown",
        until: null,
        title: "Pay",
        about,
        since: "2026-11-25T00:00:00Z",
      },
    ]);
    const claimed = foldEvents(waiting, [event(7, "run_claimed")]);
    expect(claimed.status).toBe("running");
    const settled = foldEvents(claimed, [event(8, "node_succeeded", "tool_1", { output: {}, port: "out" })]);
    expect(waitsOf(settled)).toEqual([]);
    expect(settled.steps.tool_1).toMatchObject({ status: "succeeded", wait: null });
  });

  it("is paused until a worker has it again, and what was at work is shown as waiting", () => {
    const graph = {
      nodes: [
        {
          id: "tool_1",
          type: "tool",
          version: 1,
          title: "",
          config: {},
          policy: {},
          position: null,
          body: null,
        },
      ],
      edges: [],
    };
    const plan = { graph, types: new Map(), shapes: {} } as unknown as Parameters<typeof shownSteps>[0];
    const look = (run: RunState) =>
      shownSteps(plan, run, new Map(), { shown: new Map(), paths: new Map() }).shown.get("tool_1");

    expect(look(of(started))).toMatchObject({ kind: "running" });
    expect(of(paused)).toMatchObject({ status: "waiting", isPaused: true });
    expect(look(of(paused))).toMatchObject({ kind: "waiting", reason: null, isPulsing: false });
    const resumed = foldEvents(of(paused), [event(5, "run_claimed")]);
    expect(resumed).toMatchObject({ status: "running", isPaused: false });
    expect(look(resumed)).toMatchObject({ kind: "running" });
    expect(look(of(cutOff))).toMatchObject({ kind: "waiting", reason: "outcome_unknown" });
  });

  it("reads what was written before runs could be paused", () => {
    expect(of([...started, event(4, "run_waiting")])).toMatchObject({ status: "waiting", isPaused: false });
    expect(waitsOf(of([...started, event(4, "node_waiting", "tool_1")]))).toMatchObject([{ reason: "" }]);
  });
});

describe("what is shown beneath the chat", () => {
  it.each([
    ["It was done", "done"],
    ["Do it again", "again"],
    ["Count it as failed", "fail"],
  ])("a step that was cut off asks what became of it: %s", async (label, action) => {
    const asked = serve({ "GET /api/session": session("editor"), "POST /api/runs/r1/settle": { body: {} } });
    await renderApp(<Panel run={of(cutOff)} />);

    await userEvent.click(await screen.findByRole("button", { name: label }));

    expect(await screen.findByText("Noted. The run goes on with that.")).toBeVisible();
    expect(screen.getByRole("region", { name: /find out whether “Pay” was carried out/ })).toBeVisible();
    expect(asked.at(-1)?.body).toEqual({ path: "tool_1", action });
  });

  it("who knows what the step answered can say it", async () => {
    const asked = serve({ "GET /api/session": session("editor"), "POST /api/runs/r1/settle": { body: {} } });
    await renderApp(<SettleForm run="r1" path="tool_1" title="Pay" givesText />);

    await userEvent.type(await screen.findByLabelText(/What it answered/), "Receipt 7");
    await userEvent.click(screen.getByRole("button", { name: "It was done" }));

    const body = { path: "tool_1", action: "done", output: { text: "Receipt 7" } };
    expect(asked.at(-1)?.body).toEqual(body);
  });

  it("someone else was faster: it says so, and the form stays", async () => {
    const error = { code: "nothing_to_settle", message: "This step does not wait.", hint: "Load it again." };
    serve({
      "GET /api/session": session("owner"),
      "POST /api/runs/r1/settle": { status: 409, body: { error } },
    });
    await renderApp(<Panel run={of(cutOff)} />);

    await userEvent.click(await screen.findByRole("button", { name: "Do it again" }));

    expect(await screen.findByRole("alert")).toBeVisible();
    expect(screen.getByRole("button", { name: "It was done" })).toBeEnabled();
  });

  it("who may only look is told who can say it", async () => {
    serve({ "GET /api/session": session("viewer") });
    await renderApp(<Panel run={of(cutOff)} />);

    expect(await screen.findByText(/Someone who may edit this app/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "It was done" })).toBeNull();
  });

  it("who may only look reads what a person is asked, with its form and its ways on", async () => {
    serve({ "GET /api/session": session("viewer") });
    const asks = {
      title: "Refund",
      message: "Refund it?",
      fields: [{ name: "amount", label: "Amount", type: "number" }],
      actions: [{ name: "yes", title: "Approve" }],
    };
    const data = { attempt: 1, name: "#ask 1", reason: "ask_human", until: null, about: asks };
    await renderApp(<Panel run={of([...started, event(4, "node_waiting", "tool_1", data)])} />);

    expect(await screen.findByText("Refund it?")).toBeVisible();
    expect(screen.getByLabelText("Amount")).toBeDisabled();
    expect(screen.getByRole("button", { name: "Approve" })).toBeDisabled();
    expect(screen.getByText(/Someone who may edit this app/)).toBeVisible();
    expect(screen.queryByRole("button", { name: /link/ })).toBeNull();
  });

  it("a pause is under way, then there, then over", async () => {
    const asked = serve({
      "GET /api/session": session("editor"),
      "POST /api/runs/r1/pause": { body: {} },
      "POST /api/runs/r1/resume": { body: {} },
    });
    const { rerender } = await renderApp(<Panel run={of(started)} />);
    expect(screen.queryByText("Pausing")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "pause" }));
    expect(await screen.findByText("Pausing")).toBeVisible();

    act(() => rerender(<Panel run={of(paused)} />));
    expect(await screen.findByText("Paused")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Continue" }));
    expect(screen.getByRole("button", { name: "Continue" })).toHaveAttribute("aria-busy", "true");

    act(() => rerender(<Panel run={foldEvents(of(paused), [event(5, "run_claimed")])} />));
    expect(screen.queryByText("Paused")).toBeNull();
    expect(asked.filter(({ call }) => call.startsWith("POST")).map(({ call }) => call)).toEqual([
      "POST /api/runs/r1/pause",
      "POST /api/runs/r1/resume",
    ]);
  });
});
