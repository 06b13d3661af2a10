import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import JoinPage from "./JoinPage";

const signedOut = { status: 401, body: { error: { code: "signed_out", message: "" } } };
const mei = { user: { id: "u", email: "mei@example.com", name: "Mei", language: "en" }, workspaces: [] };
const invitation = { workspace: "Bakery", invited_by: "Anna", role: "editor", email: "", expires_at: "" };

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
  history.replaceState(null, "", "/");
});

it("joins with a new account, and takes the token out of the address", async () => {
  history.replaceState(null, "", "/join#the-token");
  const asked = serve({
    "GET /api/session": signedOut,
    "POST /api/invites/look": { body: invitation },
    "POST /api/invites/accept": { status: 422, body: { error: { code: "weak_password", message: "" } } },
  });

  await renderApp(<JoinPage />, "/join");
  await userEvent.type(await screen.findByLabelText("Your name"), "Nina");
  await userEvent.type(screen.getByLabelText("E-mail"), "nina@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Join" }));
  expect(screen.getByText("Please fill this in.")).toBeVisible();
  await userEvent.type(screen.getByLabelText("Choose a password"), "password");
  await userEvent.click(screen.getByRole("button", { name: "Join" }));

  expect(await screen.findByText("This password is too easy to guess.")).toBeVisible();
  expect(location.href).not.toContain("the-token");
  expect(asked.filter(({ call }) => call.endsWith("accept"))).toEqual([
    {
      call: "POST /api/invites/accept",
      body: { token: "the-token", person: { name: "Nina", email: "nina@example.com", password: "password" } },
    },
  ]);
});

it("lets who is signed in join as who they are", async () => {
  history.replaceState(null, "", "/join#the-token");
  const asked = serve({
    "GET /api/session": { body: mei },
    "POST /api/invites/look": { body: invitation },
    "POST /api/invites/accept": { status: 409, body: { error: { code: "already_member", message: "" } } },
  });

  await renderApp(<JoinPage />, "/join");
  await userEvent.click(await screen.findByRole("button", { name: "Join Bakery" }));

  await waitFor(() => expect(asked.at(-1)?.body).toEqual({ token: "the-token", person: null }));
  expect(await screen.findByText("This person is a member of this workspace already.")).toBeVisible();
});

it("says so when the link is used up, and when it is none", async () => {
  history.replaceState(null, "", "/join#old");
  serve({
    "GET /api/session": signedOut,
    "POST /api/invites/look": { status: 404, body: { error: { code: "invite_gone", message: "" } } },
  });

  const { unmount } = await renderApp(<JoinPage />, "/join");
  expect(await screen.findByRole("alert")).toHaveTextContent("used already, was withdrawn, or is too old");

  unmount();
  sessionStorage.clear();
  await renderApp(<JoinPage />, "/join");
  expect(await screen.findByRole("alert")).toHaveTextContent("not a whole invitation link");
});

it("keeps the token for this window, so that one can sign in first", async () => {
  history.replaceState(null, "", "/join#the-token");
  serve({ "GET /api/session": signedOut, "POST /api/invites/look": { body: invitation } });
  const { unmount } = await renderApp(<JoinPage />, "/join");
  expect(await screen.findByRole("link", { name: "I have an account here already" })).toHaveAttribute(
    "href",
    "/sign-in?next=/join",
  );
  unmount();

  serve({ "GET /api/session": { body: mei }, "POST /api/invites/look": { body: invitation } });
  await renderApp(<JoinPage />, "/join");

  expect(await screen.findByRole("button", { name: "Join Bakery" })).toBeVisible();
});
