import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Problem } from "@/api/types";
import { renderApp } from "@/test/renderApp";
import { EditorContext, type EditorWorld } from "./context";
import { LimitsDialog } from "./LimitsDialog";
import { createEditorStore, undo } from "./store";
import { story, TYPES } from "./testing";
import { createUiStore } from "./ui";

const may = vi.hoisted(() => ({ edit: true }));
vi.mock("@/api/may", () => ({ useMay: () => may }));

beforeEach(() => {
  may.edit = true;
});

async function open(problems: Problem[] = []) {
  const store = createEditorStore({ graph: story(), revision: 1, shapes: {}, problems });
  const ui = createUiStore();
  ui.setState({ isLimitsOpen: true });
  await renderApp(
    <EditorContext value={{ store, ui, types: TYPES } as unknown as EditorWorld}>
      <LimitsDialog maximum={{ steps: 50_000, wall_s: 1_200, tokens: null, cost: null }} />
    </EditorContext>,
  );
  return store;
}

it("limits a run, with what is allowed here beside it, and an emptied field limits nothing", async () => {
  const store = await open();
  const steps = await screen.findByLabelText("Steps");

  expect(steps).toHaveAccessibleDescription(/50,000/);
  expect(screen.getByLabelText(/Money/)).toHaveAccessibleDescription(/no limit/);
  await userEvent.type(steps, "200");
  await userEvent.type(screen.getByLabelText(/Money/), "0.5");
  expect(store.getState().graph.limits).toEqual({ steps: 200, cost: 0.5 });
  await userEvent.clear(steps);
  expect(store.getState().graph.limits).toEqual({ cost: 0.5 });
  undo(store);
  expect(store.getState().graph.limits).toEqual({ steps: 200, cost: 0.5 });
});

it("says at the field what the server says of a limit above the maximum", async () => {
  await open([
    {
      code: "limit_above_maximum",
      message: "",
      hint: "",
      node: null,
      field: "limits.steps",
      severity: "warning",
      values: { limit: "60,000", most: "50,000", what: "steps" },
    },
  ]);

  expect(await screen.findByText(/60,000 has no effect/)).toBeInTheDocument();
  expect(screen.getByLabelText("Steps")).toBeInvalid();
});

it("can be read by who may only look", async () => {
  may.edit = false;
  await open();

  expect(await screen.findByLabelText("Steps")).toBeDisabled();
});
