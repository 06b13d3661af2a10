import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import UsagePage from "./UsagePage";

const none = { runs: 0, tokens: 0, cost: 0, unpriced: 0 };
const some = { runs: 1200, tokens: 45_000, cost: 0.0125, unpriced: 3 };
const used = (fields: object) => ({
  body: {
    first: "2026-01-01",
    last: "2026-01-02",
    total: none,
    days: [],
    apps: [],
    people: null,
    ...fields,
  },
});
const shown = used({
  total: some,
  days: [
    { day: "2026-01-01", ...none },
    { day: "2026-01-02", ...some },
  ],
  apps: [
    { id: "a", name: "Shop", is_gone: false, ...some },
    { id: "b", name: "Old", is_gone: true, ...none, runs: 2 },
    { id: null, name: "", is_gone: false, ...none, runs: 1, tokens: 4, unpriced: 1 },
  ],
  people: [
    { audience: "member", name: "Anna", ...some },
    { audience: "visitor", name: "", ...some },
    { audience: "key", name: "Till", ...some },
    { audience: "key", name: "", ...some },
  ],
});

afterEach(() => vi.unstubAllGlobals());

it("tells what was used in all, by app and by person", async () => {
  serve({ "GET /api/usage": shown });
  await renderApp(<UsagePage />);

  const app = await screen.findByRole("row", { name: /^Shop/ });
  expect(within(app).getByRole("cell", { name: "$0.0125 or more" })).toBeVisible();
  expect(within(app).getByRole("link", { name: "Shop" })).toHaveAttribute("href", "/apps/a/runs");
  expect(screen.getByRole("row", { name: /^Old \(deleted\).*none$/ })).toBeVisible();
  expect(screen.queryByRole("link", { name: /Old/ })).toBeNull();
  expect(screen.getByRole("row", { name: /^No app.*\?$/ })).toBeVisible();
  for (const name of ["Anna", "Visitors of your chat pages", "Program with the key Till"])
    expect(screen.getByRole("rowheader", { name })).toBeVisible();
  expect(screen.getByText(/3 runs used a model whose price nobody knows/)).toBeVisible();
  expect(screen.getByText(/^2 January: Runs 1,200/)).toBeInTheDocument();
});

it("says so where nothing was used, and hides who asked from all but owners", async () => {
  serve({ "GET /api/usage": used({}) });
  await renderApp(<UsagePage />);
  expect(await screen.findByText(/Nothing was run in these days/)).toBeVisible();
  expect(screen.queryByText("By person")).toBeNull();
});

it("asks for another stretch of days", async () => {
  serve({ "GET /api/usage": shown });
  const { queries } = await renderApp(<UsagePage />);
  await userEvent.click(await screen.findByRole("radio", { name: "90 days" }));
  await screen.findByRole("row", { name: /^Shop/ });
  expect(queries.getQueryCache().find({ queryKey: ["usage", 90] })).toBeDefined();
});
