import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderApp } from "@/test/renderApp";
import { EditorContext, type EditorWorld } from "./context";
import { MemoryDialog } from "./MemoryDialog";
import { createEditorStore } from "./store";
import { story } from "./testing";
import { createUiStore } from "./ui";

vi.mock("@/api/may", () => ({ useMay: () => ({ edit: true }) }));

it("adds what is to be remembered, and never gives the graph a bad declaration", async () => {
  const store = createEditorStore({ graph: story(), revision: 1, shapes: {}, problems: [] });
  const ui = createUiStore();
  ui.setState({ isMemoryOpen: true });
  await renderApp(
    <EditorContext value={{ store, ui } as unknown as EditorWorld}>
      <MemoryDialog />
    </EditorContext>,
  );

  await userEvent.click(await screen.findByRole("button", { name: "Add something to remember" }));
  const name = await screen.findByRole("textbox", { name: "Name" });
  await userEvent.clear(name);
  expect(screen.getByText("Begin with a letter, go on with letters, digits and _.")).toBeVisible();
  await userEvent.type(name, "home town");
  await userEvent.type(screen.getByRole("textbox", { name: "Begins with" }), "Rome");

  expect(store.getState().graph.variables).toEqual([
    { name: "home_town", scope: "conversation", type: "text", default: "Rome", title: "" },
  ]);
  store.getState().edit(({ nodes, edges }) => ({ nodes: nodes.slice(), edges }));
  expect(store.getState().graph.variables).toHaveLength(1);

  await userEvent.click(screen.getByRole("button", { name: "Remove home_town" }));
  expect(store.getState().graph.variables).toEqual([]);
});
