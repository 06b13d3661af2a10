import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ComponentType } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { Graph, Model, SetUpQuestion } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { createRunStore, RunContext } from "@/runs/runStore";
import { renderApp, serve } from "@/test/renderApp";
import { EditorContext, type EditorWorld } from "../context";
import { createEditorStore, undo } from "../store";
import { SAY, step, TYPES } from "../testing";
import { createUiStore } from "../ui";
import { ConnectModelContext } from "./connecting";
import { SetUp } from "./SetUp";

vi.mock("@/api/may", () => ({ useMay: () => ({ edit: true, own: true }) }));
// What jsdom lacks.
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => {};

afterEach(() => {
  vi.unstubAllGlobals();
});

const text = (title: string) => ({ type: "string", title });
const types = new Map(TYPES).set("say", {
  ...SAY,
  config: {
    type: "object",
    properties: {
      words: text("Words"),
      more: text("More"),
      model: { ...text("Model"), "x-ui": { widget: "model" } },
    },
  },
});
const ask = (field: string, en: string): SetUpQuestion => ({
  step: "say_1",
  field,
  label: { en, zh: en },
  example: { en: "Anna’s", zh: "安娜" },
});
const SETUP = [ask("words", "What is your shop called?"), ask("more", "What do you sell?")];
const drawn = (): Graph => ({
  nodes: [step("say_1", 0, 0, { words: "The Corner Bakery", more: "Bread" })],
  edges: [],
});

interface Around {
  needsModel?: boolean;
  models?: Model[];
  Connect?: ComponentType<{ onClose: () => void }>;
}

async function open(
  setup = SETUP,
  state: object | null = { isNew: true },
  { needsModel = false, models = [], Connect }: Around = {},
) {
  serve({ "GET /api/environment": { body: { variables: [] } } });
  const store = createEditorStore({ graph: drawn(), revision: 1, shapes: {}, problems: [] });
  const ui = createUiStore();
  const done = vi.fn();
  const editor = { store, ui, types, setup, needsModel, world: () => ({ types, shapes: {} }) };
  const view = await renderApp(
    <EditorContext value={editor as unknown as EditorWorld}>
      <RunContext value={createRunStore()}>
        <ConnectModelContext value={Connect ?? null}>
          <SetUp models={models} usual={{ chat: "practice" }} onDone={done} />
        </ConnectModelContext>
      </RunContext>
    </EditorContext>,
  );
  await view.router.navigate("/", { state });
  const config = () => nodeById(store.getState().graph, "say_1")?.config;
  return { ...view, store, ui, done, config };
}

it("asks one after another what stands there already, and Enter goes on", async () => {
  const { config, done, ui } = await open();

  const first = await screen.findByRole("textbox", { name: "What is your shop called?" });
  await waitFor(() => expect(first).toHaveFocus());
  expect(first).toHaveValue("The Corner Bakery");
  expect(screen.getByText("For example: Anna’s")).toBeVisible();
  expect(screen.getByRole("status")).toHaveTextContent("Question 1 of 2");
  await userEvent.clear(first);
  await userEvent.type(first, "Anna’s{Enter}");
  const second = await screen.findByRole("textbox", { name: "What do you sell?" });
  await waitFor(() => expect(second).toHaveFocus());
  await userEvent.keyboard("{Enter}");

  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(config()).toEqual({ words: "Anna’s", more: "Bread" });
  expect(done).toHaveBeenCalledOnce();
  expect(ui.getState().isSetUpOpen).toBe(false);
});

it("goes back, and what was answered can be undone", async () => {
  const { config, store } = await open();

  await userEvent.type(await screen.findByRole("textbox", { name: "What is your shop called?" }), "!");
  await userEvent.click(screen.getByRole("button", { name: "Next" }));
  await userEvent.click(await screen.findByRole("button", { name: "Back" }));

  expect(await screen.findByRole("textbox", { name: "What is your shop called?" })).toHaveValue(
    "The Corner Bakery!",
  );
  expect(screen.queryByRole("button", { name: "Back" })).toBeNull();
  undo(store);
  expect(config()).toEqual({ words: "The Corner Bakery", more: "Bread" });
});

it.each(["Skip, I will do it later", "Escape"])("leaves the app as it is on %s, for good", async (way) => {
  const { config, router, ui, done } = await open();
  await screen.findByRole("textbox", { name: "What is your shop called?" });

  if (way === "Escape") await userEvent.keyboard("{Escape}");
  else await userEvent.click(screen.getByRole("button", { name: way }));

  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(config()).toEqual({ words: "The Corner Bakery", more: "Bread" });
  expect(done).toHaveBeenCalledOnce();
  await waitFor(() => expect(router.state.location.state).toEqual({ isNew: true, wasSetUp: true }));
  expect(ui.getState().isSetUpOpen).toBe(false);
});

it("asks nobody who opens an app that is not new, and nothing where there is nothing to ask", async () => {
  const { ui } = await open(SETUP, null);
  expect(ui.getState().isSetUpOpen).toBe(false);

  const other = await open([ask("gone", "?")]);
  expect(other.ui.getState().isSetUpOpen).toBe(false);
});

const model = (id: string, over: Partial<Model> = {}): Model => ({
  id,
  title: id,
  kind: "chat",
  is_practice: false,
  is_local: false,
  connection: null,
  ...over,
});
const PRACTICE = model("practice", { is_practice: true });

it("offers to connect a model right there where the practice model is not enough, and stays where one was", async () => {
  const Connect = ({ onClose }: { onClose: () => void }) => (
    <button type="button" onClick={onClose}>
      Connected
    </button>
  );
  await open(SETUP, { isNew: true }, { needsModel: true, models: [PRACTICE], Connect });
  await screen.findByRole("textbox", { name: "What is your shop called?" });
  await userEvent.click(screen.getByRole("button", { name: "Next" }));

  await userEvent.click(await screen.findByRole("button", { name: "Connect a model" }));
  await userEvent.click(await screen.findByRole("button", { name: "Connected" }));

  expect(screen.queryByRole("button", { name: "Connected" })).toBeNull();
  expect(screen.getByRole("textbox", { name: "What do you sell?" })).toBeVisible();
  expect(screen.getByText(/go on with the practice model/)).toBeVisible();
});

it("takes a model that is connected for all steps that answer with the practice model", async () => {
  const models = [PRACTICE, model("shop/large"), model("vectors", { kind: "embedding" })];
  const { config } = await open(SETUP, { isNew: true }, { needsModel: true, models });
  await screen.findByRole("textbox", { name: "What is your shop called?" });

  await userEvent.click(screen.getByRole("combobox", { name: "Use one that is connected" }));
  expect(screen.getAllByRole("option")).toHaveLength(1);
  await userEvent.click(screen.getByRole("option", { name: "shop/large" }));

  expect(config()).toMatchObject({ model: "shop/large" });
  expect(screen.queryByText(/with a better one/)).toBeNull();
});

it("says nothing of models where the practice model is enough", async () => {
  await open(SETUP, { isNew: true }, { models: [PRACTICE] });
  await screen.findByRole("textbox", { name: "What is your shop called?" });

  expect(screen.queryByText(/practice model/)).toBeNull();
});
