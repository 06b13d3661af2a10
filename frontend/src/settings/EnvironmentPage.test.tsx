import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import EnvironmentPage from "./EnvironmentPage";

const shared = (fields: object) => ({
  id: "1",
  name: "CURRENCY",
  type: "text",
  value: "EUR",
  description: "What we charge in",
  created_at: "2026-01-01T00:00:00Z",
  changed_at: "2026-01-01T00:00:00Z",
  uses: [{ id: "a", name: "Shop", is_published: true }],
  ...fields,
});
const session = (role: string) => ({
  body: { user: { language: "en" }, workspace: {}, role, has_password: true },
});

// What jsdom lacks and a menu asks for.
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.scrollIntoView ??= () => {};

afterEach(() => vi.unstubAllGlobals());

it("keeps a number under a name that steps can write, and shows it", async () => {
  const kept: object[] = [];
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/environment": () => ({ body: { variables: kept } }),
    "POST /api/environment": (body) => {
      kept.push(shared({ ...(body as object), uses: [] }));
      return { status: 201, body: kept[0] };
    },
  });
  await renderApp(<EnvironmentPage />);

  expect(await screen.findByText("Nothing is shared yet")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "New shared information" }));
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));
  expect(screen.getByText("Please fill this in.")).toBeVisible();
  await userEvent.type(screen.getByLabelText("Name"), "MOST NIGHTS");
  await userEvent.click(screen.getByRole("combobox", { name: "Kind" }));
  await userEvent.click(await screen.findByRole("option", { name: "Number" }));
  await userEvent.type(screen.getByLabelText("Value"), "14");
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));

  expect(await screen.findByRole("heading", { name: "MOST_NIGHTS" })).toBeVisible();
  expect(asked.find(({ call }) => call === "POST /api/environment")?.body).toEqual({
    name: "MOST_NIGHTS",
    type: "number",
    value: 14,
    description: "",
  });
});

it("changes a value under its name, and says before deleting which apps would fail", async () => {
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/environment": { body: { variables: [shared({})] } },
    "PUT /api/environment/1": (body) => ({ body: shared(body as object) }),
    "DELETE /api/environment/1": { status: 204 },
  });
  await renderApp(<EnvironmentPage />);

  await userEvent.click(await screen.findByRole("button", { name: "Change: CURRENCY" }));
  const value = screen.getByLabelText("Value");
  await userEvent.clear(value);
  await userEvent.type(value, "CHF");
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));
  await vi.waitFor(() =>
    expect(asked.find(({ call }) => call === "PUT /api/environment/1")?.body).toEqual({
      type: "text",
      value: "CHF",
      description: "What we charge in",
    }),
  );

  await userEvent.click(await screen.findByRole("button", { name: "Delete: CURRENCY" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete CURRENCY?" });
  expect(dialog).toHaveTextContent("Steps that use it will fail in new runs: Shop.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
  await vi.waitFor(() => expect(asked.some(({ call }) => call === "DELETE /api/environment/1")).toBe(true));
});

it("shows an editor the values and no buttons, and a viewer nothing", async () => {
  serve({
    "GET /api/session": session("editor"),
    "GET /api/environment": { body: { variables: [shared({ type: "boolean", value: false })] } },
  });
  const { unmount } = await renderApp(<EnvironmentPage />);

  expect(await screen.findByRole("heading", { name: "CURRENCY" })).toBeVisible();
  expect(screen.getByText("No")).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
  unmount();

  const asked = serve({ "GET /api/session": session("viewer") });
  await renderApp(<EnvironmentPage />);
  expect(await screen.findByText("Only editors and owners see what is shared.")).toBeVisible();
  expect(asked.map(({ call }) => call)).not.toContain("GET /api/environment");
});
