import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import { BrokenTypes } from "./BrokenTypes";

afterEach(() => vi.unstubAllGlobals());

it("names a pack that cannot be used, with its reason", async () => {
  const broken = [{ name: "acme", reason: "ModuleNotFoundError: No module named 'acme_sdk'" }];
  serve({ "GET /api/nodes": { body: { nodes: [], broken } } });
  await renderApp(<BrokenTypes />);

  expect(await screen.findByText("acme")).toBeVisible();
  expect(screen.getByText(/No module named 'acme_sdk'/)).toBeVisible();
});

it("says nothing where all can be used", async () => {
  const asked = serve({ "GET /api/nodes": { body: { nodes: [], broken: [] } } });
  await renderApp(<BrokenTypes />);

  await vi.waitFor(() => expect(asked).not.toHaveLength(0));
  expect(screen.queryByText("Steps that cannot be used")).toBeNull();
});
