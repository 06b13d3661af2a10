import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WorkflowSummary } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { AppCard } from "./AppCard";

const saved = vi.fn();
beforeEach(() => {
  saved.mockClear();
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved(this.download);
  });
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:", revokeObjectURL: () => {} }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const app = { id: "a1", name: "Shop", slug: "shop", is_published: false, updated_at: "2026-11-26T12:00:00Z" };
const PINS = "GET /api/workflows/a1/pins";
const EXPORT = "GET /api/workflows/a1/export";

async function download(pins: object) {
  const asked = serve({
    [PINS]: { body: { pins } },
    [EXPORT]: { body: "treadle: 1" },
    "GET /api/session": { body: { role: "owner" } },
  });
  await renderApp(<AppCard app={app as WorkflowSummary} />);
  await userEvent.click(await screen.findByRole("button", { name: /Shop/ }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Download as a file" }));
  return asked;
}

it("downloads an app without sample data at once", async () => {
  const asked = await download({});

  await vi.waitFor(() => expect(saved).toHaveBeenCalledWith("shop.yaml"));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked.filter(({ call }) => call === EXPORT)).toHaveLength(1);
});

it("asks whether sample data goes along where there is some", async () => {
  const asked = await download({ prompt_1: { output: {}, port: "out" } });

  expect(await screen.findByRole("dialog")).toBeVisible();
  expect(asked.map(({ call }) => call)).not.toContain(EXPORT);
  await userEvent.click(await screen.findByRole("button", { name: /Download/ }));
  await vi.waitFor(() => expect(saved).toHaveBeenCalledWith("shop.yaml"));
});
