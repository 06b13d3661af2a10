import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Graph } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { renderApp, serve } from "@/test/renderApp";
import { TryChat } from "./TryChat";

afterEach(() => vi.unstubAllGlobals());

const TYPES = new Map([
  [
    "start",
    { type: "start", starts: true, config: { properties: { inputs: { "x-ui": { widget: "inputs" } } } } },
  ],
]) as unknown as StepTypes;
const asking = (inputs: object[]) =>
  ({ nodes: [{ id: "start_1", type: "start", config: { inputs } }], edges: [] }) as unknown as Graph;

async function open(graph: Graph) {
  const refused = { error: { code: "info_missing", message: "", hint: "" } };
  const asked = serve({ "POST /api/workflows/w/runs": { status: 400, body: refused } });
  await renderApp(
    <TryChat app={{ id: "w", graph, shapes: {} }} types={TYPES} suggestions={["Go"]} language="en" />,
  );
  return asked;
}

it("asks for what the app asks for first, and sends it along", async () => {
  const asked = await open(asking([{ name: "order", label: "Order number", type: "text" }]));

  await userEvent.type(await screen.findByRole("textbox", { name: /Order number/ }), "1001");
  await userEvent.click(screen.getByRole("button", { name: "Go" }));

  await waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]?.body).toEqual({ query: "Go", inputs: { order: "1001" } });
  await waitFor(() => expect(screen.queryByText("The app asks for this first")).toBeNull());
});

it("asks for nothing where the app does not", async () => {
  await open(asking([]));

  expect(await screen.findByRole("button", { name: "Go" })).toBeVisible();
  expect(screen.queryByText("The app asks for this first")).toBeNull();
});
