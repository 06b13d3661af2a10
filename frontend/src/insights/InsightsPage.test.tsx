import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import InsightsPage from "./InsightsPage";

const counts = { messages: 0, conversations: 0, people: 0, answered: 0, failed: 0, stopped: 0, waiting: 0 };
const some = { messages: 10, conversations: 4, people: 3, answered: 8, failed: 2, stopped: 0, waiting: 0 };
const seen = (over: object) => ({
  body: {
    first: "2026-01-01",
    last: "2026-01-02",
    total: { ...counts, asked_people: 0, good: 0, bad: 0 },
    days: [
      { day: "2026-01-01", ...counts },
      { day: "2026-01-02", ...counts },
    ],
    use: { runs: 0, tokens: 0, cost: 0, unpriced: 0, deleted: 0 },
    steps: { runs: 0, steps: [] },
    faults: [],
    ...over,
  },
});
const used = seen({
  total: { ...some, asked_people: 1, good: 3, bad: 1 },
  days: [
    { day: "2026-01-01", ...counts },
    { day: "2026-01-02", ...some },
  ],
  use: { runs: 10, tokens: 4200, cost: 0.5, unpriced: 0, deleted: 2 },
  steps: { runs: 10, steps: [{ path: "prompt_1", times: 10, median_ms: 1500, slow_ms: 12_000 }] },
  faults: [
    { error: { code: "model_busy", message: "", hint: "" }, count: 2, run: "r1", path: "prompt_1" },
    { error: { code: "nobody_knows", message: "Odd.", hint: "" }, count: 1, run: "r2", path: "" },
  ],
});
const GRAPH = { nodes: [{ id: "prompt_1", type: "prompt", title: "Think it over" }], edges: [] };

afterEach(() => vi.unstubAllGlobals());

async function open(answer: { body: object }) {
  serve({
    "GET /api/workflows/a/insights": answer,
    "GET /api/workflows/a": { body: { id: "a", graph: GRAPH } },
    "GET /api/nodes": { body: { nodes: [] } },
  });
  return renderApp(<InsightsPage />, "/apps/a/insights", "/apps/:id/insights");
}

it("tells who used the app and what came of it", async () => {
  await open(used);

  expect(await screen.findByText("Messages answered")).toBeVisible();
  expect(screen.getByText("80%", { selector: "dd" })).toBeVisible();
  expect(screen.getByText("75%", { selector: "dd" })).toBeVisible();
  expect(screen.getByText("$0.50")).toBeVisible();
  expect(screen.getByRole("img", { name: /Most conversations: 4, on 2 January/ })).toBeVisible();
  expect(screen.getByRole("link", { name: "Show runs: Failed" })).toHaveAttribute(
    "href",
    "/apps/a/runs?only=failed",
  );
  expect(screen.getByText(/2 runs of these days are deleted/)).toBeVisible();
  const slow = await screen.findByRole("row", { name: /^Think it over/ });
  expect(
    within(slow)
      .getAllByRole("cell")
      .map((cell) => cell.textContent),
  ).toEqual(["1.5 s", "12 s", "10"]);
});

it("leads to what mends the worst", async () => {
  await open(used);

  const top = await screen.findByRole("link", { name: "Fix top issue" });
  expect(top).toHaveAttribute("href", "/apps/a/build?step=prompt_1");
  expect(screen.getByRole("link", { name: /^Fix: The AI model is busy/ })).toHaveAttribute(
    "href",
    "/apps/a/build?step=prompt_1",
  );
  expect(screen.getAllByRole("link", { name: /^Fix:/ })).toHaveLength(1);
  expect(screen.getByRole("link", { name: "See a run: Odd." })).toHaveAttribute("href", "/apps/a/runs/r2");
});

it("says the same as a table", async () => {
  await open(used);

  await userEvent.click(await screen.findByText("Show as a table"));

  const row = screen.getByRole("row", { name: /^2 January/ });
  expect(
    within(row)
      .getAllByRole("cell")
      .map((cell) => cell.textContent),
  ).toEqual(["4", "3", "10", "8", "2"]);
});

it("says what will be here while nobody has used the app", async () => {
  await open(seen({}));

  expect(await screen.findByText(/Nobody has used this app/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Share this app" })).toHaveAttribute("href", "/apps/a/share");
  expect(screen.queryByRole("link", { name: "Fix top issue" })).toBeNull();
});

it("asks for other days, and for tries too", async () => {
  const { queries } = await open(used);

  await userEvent.click(await screen.findByRole("radio", { name: "7 days" }));
  await userEvent.click(screen.getByRole("switch", { name: /tries in the editor/ }));

  await screen.findByText("Messages answered");
  expect(queries.getQueryCache().find({ queryKey: ["workflows", "a", "insights", 7, true] })).toBeDefined();
});
