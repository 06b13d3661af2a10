import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { LocalModel } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { LocalModels } from "./LocalModels";

const model = (change: Partial<LocalModel>): LocalModel => ({
  id: "qwen",
  title: "Qwen3 4B",
  model: "local/qwen",
  is_offered: true,
  url: "https://example.org/q.gguf",
  path: "",
  sha256: "",
  size_bytes: 4_000_000_000,
  done_bytes: 0,
  progress: 0,
  licence: "Apache-2.0",
  languages: ["en", "zh"],
  header: {},
  state: "available",
  error: null,
  is_running: false,
  memory_bytes: 3_000_000_000,
  ...change,
});

const list = (models: LocalModel[], may_change = true) => ({
  body: { models, may_change, free_bytes: 9_000_000_000 },
});

afterEach(() => vi.unstubAllGlobals());

it("says what a model is, and downloads it with a press", async () => {
  let now = model({});
  const asked = serve({
    "GET /api/models/local": () => list([now]),
    "POST /api/models/local/qwen/download": () => {
      now = model({ state: "downloading", done_bytes: 1_000_000_000, progress: 0.25 });
      return { body: now };
    },
  });
  await renderApp(<LocalModels onReady={() => {}} isOwner />);

  expect(await screen.findByText(/3\.7 GB · needs about 2\.8 GB of memory · English, Chinese/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Download Qwen3 4B" }));

  expect(await screen.findByText("954 MB of 3.7 GB (25%)")).toBeVisible();
  expect(screen.getByRole("button", { name: "Pause downloading Qwen3 4B" })).toBeVisible();
  expect(asked.some(({ call }) => call.startsWith("POST"))).toBe(true);
});

it("offers to go on with one that was paused, and to throw it away", async () => {
  const asked = serve({
    "GET /api/models/local": list([model({ state: "paused", progress: 0.5, done_bytes: 2_000_000_000 })]),
    "DELETE /api/models/local/qwen": { status: 204 },
  });
  await renderApp(<LocalModels onReady={() => {}} isOwner />);

  expect(await screen.findByRole("button", { name: "Go on downloading Qwen3 4B" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Cancel downloading Qwen3 4B" }));
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel the download" }));

  await waitFor(() => expect(asked.map(({ call }) => call)).toContain("DELETE /api/models/local/qwen"));
});

it("says why one failed, and that there is no room for another", async () => {
  const error = { code: "offline", message: "The host does not answer.", hint: "" };
  serve({
    "GET /api/models/local": list([
      model({ state: "failed", error }),
      model({ id: "big", title: "Huge", size_bytes: 90_000_000_000 }),
    ]),
  });
  await renderApp(<LocalModels onReady={() => {}} isOwner />);

  expect(await screen.findByText("Not usable")).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again to download Qwen3 4B" })).toBeVisible();
  expect(screen.getByText("There is not enough room on the disk.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Download Huge" })).toBeNull();
});

it("lets nobody but the installation's owner change anything, and says so", async () => {
  serve({ "GET /api/models/local": list([model({})], false) });
  await renderApp(<LocalModels onReady={() => {}} isOwner={false} />);

  expect(await screen.findByText(/Only the owner of this installation/)).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
});
