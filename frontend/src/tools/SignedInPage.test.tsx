import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import SignedInPage from "./SignedInPage";

const at = "/tools/signed-in";

afterEach(() => vi.unstubAllGlobals());

it("hands in what came along, once, and goes on to the tools", async () => {
  const asked = serve({ "POST /api/tools/sign-in/answer": { body: { id: "s1", name: "Our shop" } } });
  const { router, queries } = await renderApp(<SignedInPage />, at);
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/tools"));

  await queries.invalidateQueries();

  expect(asked).toEqual([
    { call: "POST /api/tools/sign-in/answer", body: { state: "", code: "", iss: "", error: "" } },
  ]);
});

it("says what went wrong, and leads back", async () => {
  serve({
    "POST /api/tools/sign-in/answer": {
      status: 422,
      body: { error: { code: "sign_in_over", message: "It is over.", hint: "", field: null } },
    },
  });
  await renderApp(<SignedInPage />, at);

  await screen.findByText(/This sign-in is over/);
  expect(screen.getByRole("link", { name: "Back to the tools" })).toHaveAttribute("href", "/tools");
});
