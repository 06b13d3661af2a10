import { screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import WelcomePage from "./WelcomePage";

const session = { user: { id: "u", email: "e", name: "Mei", language: "en" } };
const signedOut = { status: 401, body: { error: { code: "signed_out", message: "" } } };

afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, "", "/");
});

it("posts the token of the link once, and takes it out of the address", async () => {
  history.replaceState(null, "", "/welcome#secret-token");
  const asked = serve({ "GET /api/session": signedOut, "POST /api/session/link": { body: session } });

  const { router } = await renderApp(<WelcomePage />, "/welcome");
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));

  expect(asked.filter(({ call }) => call.startsWith("POST"))).toEqual([
    { call: "POST /api/session/link", body: { token: "secret-token" } },
  ]);
  expect(location.href).not.toContain("secret-token");
});

it("says how to get a fresh link when this one does not work any more", async () => {
  history.replaceState(null, "", "/welcome#old");
  serve({
    "GET /api/session": signedOut,
    "POST /api/session/link": { status: 401, body: { error: { code: "link_used", message: "…" } } },
  });

  await renderApp(<WelcomePage />, "/welcome");

  expect(await screen.findByRole("alert")).toHaveTextContent("used already, or is older than 30 minutes");
  expect(screen.getByDisplayValue("make link")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

it("lets someone who is signed in already pass, also with a used link", async () => {
  history.replaceState(null, "", "/welcome#old");
  serve({
    "GET /api/session": { body: session },
    "POST /api/session/link": { status: 401, body: { error: { code: "link_used", message: "…" } } },
  });

  const { router } = await renderApp(<WelcomePage />, "/welcome");

  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
});
