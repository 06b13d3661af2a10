import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Model } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { RulesDialog } from "./RulesDialog";
import { NO_RULES } from "./rules";

afterEach(() => vi.unstubAllGlobals());

const model = (id: string, title: string, more: Partial<Model> = {}): Model => ({
  id,
  title,
  kind: "chat",
  is_practice: false,
  is_local: false,
  connection: "openai",
  ...more,
});
const mini = model("openai/mini", "mini");
const models = [mini, model("openai/large", "large"), model("far/mini", "mini", { connection: "far" })];

it("asks for both halves of a price, or neither", async () => {
  const asked = serve({});
  await renderApp(<RulesDialog model={mini} rules={NO_RULES} models={models} onClose={() => {}} />);

  await userEvent.type(await screen.findByLabelText("For what it reads"), "0.15");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));

  expect(screen.getByLabelText("For what it writes")).toHaveAccessibleDescription(/both prices/);
  expect(asked).toEqual([]);
});

it("changes the order of the models that stand in, and sends all that is said", async () => {
  const asked = serve({ "PUT /api/models/rules": { status: 200, body: { models, rules: [] } } });
  const onClose = vi.fn();
  const rules = { ...NO_RULES, stand_ins: ["openai/large", "far/mini"] };
  await renderApp(<RulesDialog model={mini} rules={rules} models={models} onClose={onClose} />);

  await userEvent.click(await screen.findByRole("button", { name: "Ask mini (far) earlier" }));
  await userEvent.click(screen.getByRole("button", { name: "Do not ask large" }));
  await userEvent.type(screen.getByLabelText("Replies at once"), "4");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));

  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked[0]?.body).toEqual({
    ...NO_RULES,
    model: "openai/mini",
    at_once: 4,
    stand_ins: ["far/mini"],
  });
});

it("asks for the price of a picture where a model draws", async () => {
  const asked = serve({ "PUT /api/models/rules": { status: 200, body: { models, rules: [] } } });
  const painter = model("openai/painter", "painter", { kind: "image" });
  await renderApp(<RulesDialog model={painter} rules={NO_RULES} models={models} onClose={() => {}} />);

  await userEvent.type(await screen.findByLabelText("For a picture"), "0.04");
  expect(screen.queryByLabelText("For what it reads")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));

  await waitFor(() => expect(asked[0]?.body).toMatchObject({ model: "openai/painter", unit_price: 0.04 }));
});

it("lets nothing stand in for a model that makes vectors, and asks no price for one that runs here", async () => {
  serve({});
  const here = model("e5", "E5", { kind: "embedding", is_local: true, connection: null });
  await renderApp(<RulesDialog model={here} rules={NO_RULES} models={models} onClose={() => {}} />);

  expect(await screen.findByLabelText("Requests a minute")).toBeVisible();
  expect(screen.queryByText("When it does not answer")).toBeNull();
  expect(screen.queryByText("Price")).toBeNull();
});
