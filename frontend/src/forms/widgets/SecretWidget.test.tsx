import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { Json } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { SecretWidget } from "./SecretWidget";

const VALUE = "k3y-that-nobody-sees";
const secret = (name: string) => ({
  id: name,
  name,
  hosts: ["api.example.com"],
  created_at: "2026-01-01T00:00:00Z",
  changed_at: "2026-01-01T00:00:00Z",
  uses: [],
});
const session = (role: string) => ({
  body: { user: { language: "en" }, workspace: {}, role, has_password: true },
});

afterEach(() => vi.unstubAllGlobals());

async function show(value: Json, onChange = vi.fn()) {
  function Held() {
    const [now, setNow] = useState<Json | undefined>(value);
    const control = { id: "s", "aria-describedby": undefined, "aria-invalid": undefined } as const;
    const change = (next: Json | undefined) => {
      setNow(next);
      onChange(next);
    };
    const rest = { label: "Secret", help: "", faults: [], isOptional: false, schema: { type: "string" } };
    return <SecretWidget {...rest} value={now} onChange={change} control={control} />;
  }
  await renderApp(<Held />);
  return onChange;
}

it("lets an owner keep a new secret and chooses it, holding nothing of what was typed", async () => {
  const names: string[] = [];
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/secrets": () => ({ body: { secrets: names.map(secret) } }),
    "POST /api/secrets": (body) => {
      names.push((body as { name: string }).name);
      return { status: 201, body: secret(names[0] ?? "") };
    },
  });
  const onChange = await show("");

  await userEvent.click(await screen.findByRole("button", { name: "New secret" }));
  await userEvent.type(await screen.findByLabelText("Name"), "Shop");
  await userEvent.type(screen.getByLabelText("Value"), VALUE);
  expect(screen.getByLabelText("Value")).toHaveAttribute("type", "password");
  await userEvent.type(screen.getByLabelText("Hosts it may go to"), "api.example.com");
  await userEvent.click(screen.getByRole("button", { name: "Keep it" }));

  await vi.waitFor(() => expect(onChange).toHaveBeenCalledExactlyOnceWith("Shop"));
  expect(asked.find(({ call }) => call === "POST /api/secrets")?.body).toEqual({
    name: "Shop",
    value: VALUE,
    hosts: ["api.example.com"],
  });
  expect(document.body.innerHTML).not.toContain(VALUE);
});

it("offers an editor the names, and no button to make one", async () => {
  serve({
    "GET /api/session": session("editor"),
    "GET /api/secrets": { body: { secrets: [secret("Shop")] } },
  });
  await show("Shop");

  expect(await screen.findByRole("combobox")).toHaveTextContent("Shop");
  expect(screen.queryByRole("button", { name: "New secret" })).toBeNull();
});

it("says what to do where there is none", async () => {
  serve({ "GET /api/session": session("editor"), "GET /api/secrets": { body: { secrets: [] } } });
  await show("");

  expect(await screen.findByText(/Ask an owner/)).toBeVisible();
});

const leading = { ...secret("Warehouse"), id: "w1", is_database: true };
const reached = { database: "shop", version: "PostgreSQL 16.2", user: "reader", is_superuser: false };

it("tries the database that the chosen secret leads to, and says which one answers", async () => {
  const asked = serve({
    "GET /api/session": session("owner"),
    "GET /api/secrets": { body: { secrets: [leading] } },
    "POST /api/secrets/w1/test": { body: { ...reached, is_superuser: true } },
  });
  await show("Warehouse");

  await userEvent.click(await screen.findByRole("button", { name: "Try: Warehouse" }));

  expect(await screen.findByText("It works: PostgreSQL 16.2, database shop, user reader.")).toBeVisible();
  expect(screen.getByText(/This user may do everything there/)).toBeVisible();
  expect(asked.filter(({ call }) => call === "POST /api/secrets/w1/test")).toHaveLength(1);
});

it("says what is wrong with a database, and what to do", async () => {
  const error = { code: "database_login", message: "It does not let this user in.", hint: "", field: null };
  serve({
    "GET /api/session": session("owner"),
    "GET /api/secrets": { body: { secrets: [leading] } },
    "POST /api/secrets/w1/test": { status: 422, body: { error } },
  });
  await show("Warehouse");

  await userEvent.click(await screen.findByRole("button", { name: "Try: Warehouse" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("Check user, password and the name");
  expect(screen.queryByText(/It works/)).toBeNull();
});

it("offers no trial where a secret is no database's, nor to who may not change secrets", async () => {
  serve({
    "GET /api/session": session("owner"),
    "GET /api/secrets": { body: { secrets: [secret("Shop")] } },
  });
  await show("Shop");
  await screen.findByRole("button", { name: "New secret" });
  expect(screen.queryByRole("button", { name: /Try/ })).toBeNull();
});
