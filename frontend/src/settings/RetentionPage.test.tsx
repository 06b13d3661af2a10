import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import RetentionPage from "./RetentionPage";

const session = (role: string) => ({ body: { user: { language: "en" }, workspace: {}, role } });
const figures = {
  runs: 0,
  facts: 0,
  messages: 0,
  conversations: 0,
  files: 0,
  values: 0,
  versions: 0,
  streams: 0,
  bytes: 0,
};
const kept = (fields: object) => ({
  body: { runs_days: null, runs_mb: null, least_days: 7, clearing: null, ...fields },
});
const seen = (fields: object) => ({
  body: {
    ...figures,
    runs_before: null,
    by_age: null,
    by_size: null,
    still_over: 0,
    conversations_shortened: 0,
    apps: [],
    kept: { runs: 3, bytes: 2048 },
    ...fields,
  },
});
const some = {
  runs: 1200,
  facts: 9000,
  messages: 2400,
  conversations: 5,
  conversations_shortened: 1,
  bytes: 3 * 1024 ** 2,
  apps: [
    {
      workflow_id: "a",
      name: "Shop",
      runs: 1200,
      oldest: "2026-01-02T00:00:00Z",
      newest: "2026-03-04T00:00:00Z",
      bytes: 3 * 1024 ** 2,
    },
  ],
};
const round = (fields: object) => ({
  id: "1",
  state: "working",
  is_asked: true,
  expected: { ...figures, runs: 1200, facts: 9000 },
  done: { ...figures, runs: 300, facts: 2250 },
  created_at: "2026-01-01T00:00:00Z",
  ended_at: null,
  ...fields,
});

afterEach(() => vi.unstubAllGlobals());

it("asks with the figures before less is kept, and saves only then", async () => {
  let now = kept({});
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/retention": () => now,
    "GET /api/retention/preview": seen(some),
    "PUT /api/retention": (body) => {
      now = kept(body as object);
      return now;
    },
    "POST /api/retention/run": () => {
      now = kept({ runs_days: 30, clearing: round({}) });
      return { status: 202, body: round({}) };
    },
  });
  await renderApp(<RetentionPage />);

  await userEvent.type(await screen.findByLabelText("Days after a run has ended"), "30");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  const dialog = await screen.findByRole("dialog", { name: "Keep less, and delete 1200 runs?" });
  expect(dialog).toHaveTextContent("1200 runs, 3 MB in all");
  expect(dialog).toHaveTextContent("2400 messages");
  expect(dialog).toHaveTextContent("1 conversation loses what was said first, and keeps the rest.");
  expect(asked.map(({ call }) => call)).not.toContain("PUT /api/retention");

  await userEvent.click(within(dialog).getByRole("button", { name: "Delete 1200 runs" }));
  await vi.waitFor(() =>
    expect(asked.find(({ call }) => call === "PUT /api/retention")?.body).toEqual({
      runs_days: 30,
      runs_mb: null,
    }),
  );
  expect(await screen.findByText("Deleting old runs: 300 of 1200")).toBeVisible();
});

it("saves at once what deletes nothing", async () => {
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/retention": kept({}),
    "GET /api/retention/preview": seen({}),
    "PUT /api/retention": kept({ runs_mb: 500 }),
  });
  await renderApp(<RetentionPage />);

  await userEvent.type(await screen.findByLabelText("Most room that runs may take, in MB"), "500");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));

  await vi.waitFor(() => expect(asked.map(({ call }) => call)).toContain("PUT /api/retention"));
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("says app by app what would go, and deletes it when that is confirmed", async () => {
  let now = kept({ runs_days: 30 });
  serve({
    "GET /api/session": session("owner"),
    "GET /api/retention": () => now,
    "GET /api/retention/preview": seen(some),
    "POST /api/retention/run": () => {
      now = kept({ runs_days: 30, clearing: round({}) });
      return { status: 202, body: round({}) };
    },
  });
  await renderApp(<RetentionPage />);

  const row = await screen.findByRole("row", { name: /Shop/ });
  expect(row).toHaveTextContent("2 January to 4 March");
  await userEvent.click(screen.getByRole("button", { name: "Delete now" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete 1200 runs now?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete 1200 runs" }));

  expect(await screen.findByText("Deleting old runs: 300 of 1200")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Delete now" })).toBeNull();
});

it("stops deleting", async () => {
  let now = kept({ runs_days: 30, clearing: round({}) });
  serve({
    "GET /api/session": session("owner"),
    "GET /api/retention": () => now,
    "GET /api/retention/preview": seen({}),
    "POST /api/retention/cancel": () => {
      now = kept({
        runs_days: 30,
        clearing: round({ state: "cancelled", ended_at: new Date().toISOString() }),
      });
      return { status: 202, body: round({ state: "stopping" }) };
    },
  });
  await renderApp(<RetentionPage />);

  await userEvent.click(await screen.findByRole("button", { name: "Stop" }));

  expect(await screen.findByText(/^Stopped now, after 300 runs/)).toBeVisible();
});

it("tells who is no owner what is kept, and asks for no figures", async () => {
  const asked = serve({
    "GET /api/session": session("viewer"),
    "GET /api/retention": kept({ runs_days: 30, runs_mb: 500 }),
  });
  await renderApp(<RetentionPage />);

  expect(await screen.findByText("Runs are kept for 30 days.")).toBeVisible();
  expect(screen.getByText("Runs may take 500 MB; when there is more, the oldest go.")).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
  expect(asked.map(({ call }) => call)).not.toContain("GET /api/retention/preview");
});
