import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18next from "i18next";
import { afterEach, expect, it, vi } from "vitest";
import type { WorkflowSummary } from "@/api/types";
import { AppCard } from "@/home/AppCard";
import { renderApp, serve } from "@/test/renderApp";
import { UsedBy } from "./UsedBy";

const app: WorkflowSummary = {
  id: "t",
  name: "Translator",
  slug: "translator",
  updated_at: "2026-11-24T12:00:00Z",
  is_published: true,
  chat_url: null,
};
const user = (name: string) => ({ id: name, name, in_draft: true, is_published: true });

afterEach(async () => {
  vi.unstubAllGlobals();
  await i18next.changeLanguage("en");
});

async function askToDelete(names: string[], menu: RegExp, item: string) {
  const asked = serve({
    "GET /api/session": { body: { role: "editor", user: null, workspaces: [] } },
    "GET /api/workflows/t/users": { body: { apps: names.map(user) } },
    "DELETE /api/workflows/t": { status: 204 },
  });
  await renderApp(<AppCard app={app} />);
  await userEvent.click(await screen.findByRole("button", { name: menu }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
  await screen.findByRole("dialog");
  return asked;
}

it("says before an app is deleted which apps use it, and deletes it all the same", async () => {
  const asked = await askToDelete(["Newsletter", "Support"], /Translator/, "Delete");

  expect(await screen.findByText("Used as a step by “Newsletter” and “Support”.")).toBeVisible();
  expect(screen.getByText(/Those apps will fail at this step/)).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await vi.waitFor(() => expect(asked.some(({ call }) => call === "DELETE /api/workflows/t")).toBe(true));
});

it("counts what would be too many names", async () => {
  await askToDelete(["A", "B", "C", "D", "E", "F", "G"], /Translator/, "Delete");

  expect(await screen.findByText(/“E”,? and 2 others/)).toBeVisible();
});

it("says so in Chinese", async () => {
  const { startI18n } = await import("@/i18n/i18n");
  if (!i18next.isInitialized) await startI18n("en");
  await i18next.changeLanguage("zh");
  await askToDelete(["Newsletter"], /Translator/, "删除");

  expect(await screen.findByText("以下应用把它作为一个步骤使用：“Newsletter”。")).toBeVisible();
});

it.each([
  ["published", "that app has them from its next message on"],
  ["off", "that app fails at this step"],
] as const)("says what it means to others that it is %s", async (what, words) => {
  serve({ "GET /api/workflows/t/users": { body: { apps: [user("Newsletter")] } } });
  await renderApp(<UsedBy app="t" what={what} />);

  expect(await screen.findByText(new RegExp(words))).toBeVisible();
  expect(screen.getByText("Used as a step by “Newsletter”.")).toBeVisible();
});

it("says nothing of an app that none uses", async () => {
  const asked = await askToDelete([], /Translator/, "Delete");
  await vi.waitFor(() => expect(asked.some(({ call }) => call.endsWith("/users"))).toBe(true));

  expect(screen.queryByText(/Used as a step/)).toBeNull();
});
