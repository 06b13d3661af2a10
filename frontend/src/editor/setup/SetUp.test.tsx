import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Graph, SetUpQuestion } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { createRunStore, RunContext } from "@/runs/runStore";
import { renderApp, serve } from "@/test/renderApp";
import { EditorContext, type EditorWorld } from "../context";
import { createEditorStore, undo } from "../store";
import { SAY, step, TYPES } from "../testing";
import { createUiStore } from "../ui";
import { SetUp } from "./SetUp";

vi.mock("@/api/may", () => ({ useMay: () => ({ edit: true }) }));
// What jsdom lacks.
Element.prototype.scrollIntoView ??= () => {};

afterEach(() => {
  vi.unstubAllGlobals();
});

const text = (title: string) => ({ type: "string", title });
const types = new Map(TYPES).set("say", {
  ...SAY,
  config: { type: "object", properties: { words: text("Words"), more: text("More") } },
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

async function open(setup = SETUP, state: object | null = { isNew: true }) {
  serve({ "GET /api/environment": { body: { variables: [] } } });
  const store = createEditorStore({ graph: drawn(), revision: 1, shapes: {}, problems: [] });
  const ui = createUiStore();
  const done = vi.fn();
  const editor = { store, ui, types, setup, world: () => ({ types, shapes: {} }) };
  const view = await renderApp(
    <EditorContext value={editor as unknown as EditorWorld}>
      <RunContext value={createRunStore()}>
        <SetUp models={[]} usual={{}} onDone={done} />
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
