import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Graph, Problem } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { renderApp } from "@/test/renderApp";
import { EditorContext, type EditorWorld, useDraft } from "../context";
import { createEditorStore, undo } from "../store";
import { arrow, step, story, THINK, TYPES } from "../testing";
import { createUiStore } from "../ui";
import { FailureSection } from "./FailureSection";

const may = vi.hoisted(() => ({ edit: true }));
vi.mock("@/api/may", () => ({ useMay: () => may }));

// What jsdom lacks and the menus ask for.
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => {};

beforeEach(() => {
  may.edit = true;
});

function Selected() {
  const node = useDraft((s) => nodeById(s.graph, "think_1"));
  return node && <FailureSection node={node} type={THINK} />;
}

async function open(graph: Graph = story(), problems: Problem[] = []) {
  const store = createEditorStore({ graph, revision: 1, shapes: {}, problems });
  const ui = createUiStore();
  const editor = {
    store,
    ui,
    types: TYPES,
    canvas: { current: null },
    world: () => ({ types: TYPES, shapes: {} }),
  };
  await renderApp(
    <EditorContext value={editor as unknown as EditorWorld}>
      <Selected />
    </EditorContext>,
  );
  await userEvent.click(await screen.findByText("If it fails"));
  return { store, ui, policy: () => nodeById(store.getState().graph, "think_1")?.policy };
}

const choose = async (field: string, option: RegExp) => {
  await userEvent.click(screen.getByRole("combobox", { name: field }));
  await userEvent.click(await screen.findByRole("option", { name: option }));
};

const problem = (field: string, code = "x"): Problem => ({
  code,
  message: `Wrong at ${field}.`,
  hint: "",
  node: "think_1",
  field,
  severity: "error",
  values: {},
});

it("lets a step be tried again after problems chosen by their words, with waits that grow", async () => {
  const { policy, store } = await open();

  await choose("Try again", /^3 more times/);
  expect(screen.getByText(/1 s, 2 s, 4 s/)).toBeInTheDocument();
  await choose("After which problems", /Only those I choose/);
  expect(screen.getByText(/None is chosen/)).toBeInTheDocument();
  expect(screen.queryByRole("checkbox", { name: /nothing at this address/ })).toBe(null);
  await userEvent.click(screen.getByRole("checkbox", { name: /AI model is busy/ }));
  await userEvent.type(screen.getByRole("textbox", { name: /Longest time/ }), "30");

  expect(policy()).toEqual({ max_attempts: 4, retry_codes: ["model_busy"], timeout_s: 30 });
  for (let i = 0; i < 4; i++) undo(store);
  expect(policy()).toEqual({});
});

it("goes on by another path: the way out is there, and what the steps there know is said", async () => {
  const { policy, ui } = await open();

  await userEvent.click(screen.getByRole("radio", { name: /another path/ }));
  expect(policy()).toEqual({ on_error: "port" });
  expect(screen.getByText("other path")).toBeInTheDocument();
  expect(screen.getByText("What happened")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: /Add a step there/ }));

  expect(ui.getState().picker?.place).toEqual({ kind: "after", node: "think_1", port: "error" });
});

it("says where the other path leads, and shows it", async () => {
  const graph = story();
  graph.nodes.push(step("say_2"));
  graph.edges.push(arrow("think_1.error -> say_2"));
  const { store } = await open(graph);

  expect(screen.getByRole("radio", { name: /another path/ })).toBeChecked();
  await userEvent.click(screen.getByRole("button", { name: "Say 2" }));

  expect(store.getState().selection).toEqual(["say_2"]);
});

it("goes on with a default in the shape of what the step gives", async () => {
  const { policy } = await open();

  await userEvent.click(screen.getByRole("radio", { name: /what you set here/ }));
  await userEvent.type(await screen.findByRole("textbox", { name: "Reply" }), "Sorry.");

  expect(policy()).toEqual({ on_error: "default", default: { text: "Sorry." } });
});

it("says what the server found wrong at its field", async () => {
  const graph = story();
  const node = nodeById(graph, "think_1");
  if (node) node.policy = { on_error: "default", default: { text: 3 } };

  await open(graph, [problem("policy.default.text"), problem("policy.on_error")]);

  expect(screen.getByRole("textbox", { name: "Reply" })).toHaveAccessibleDescription(
    "Wrong at policy.default.text.",
  );
  expect(screen.getByText("Wrong at policy.on_error.")).toBeInTheDocument();
});

it("says in the reader's language of which kind a part must be, by the part's title", async () => {
  const graph = story();
  const node = nodeById(graph, "think_1");
  if (node) node.policy = { on_error: "default", default: { text: 3 } };
  const wrong = (why: string) => ({
    ...problem("policy.default.text", "bad_fallback"),
    values: { node: "Think", why, part: "" },
  });

  await open(graph, [wrong("text"), wrong("missing"), wrong("new")]);

  expect(screen.getByRole("textbox", { name: "Reply" })).toHaveAccessibleDescription(
    "If it fails: “Reply” must be a text. If it fails: “Reply” is missing. " +
      "What the step gives if it fails does not fit what it gives else.",
  );
});

it("can be read by who may only look, and not changed", async () => {
  may.edit = false;

  await open();

  expect(screen.getByRole("combobox", { name: "Try again" })).toBeDisabled();
  for (const radio of screen.getAllByRole("radio")) expect(radio).toBeDisabled();
});
