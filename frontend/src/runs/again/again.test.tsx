import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Graph, GraphNode, RunEvent } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { renderApp, serve } from "@/test/renderApp";
import { Trace } from "../page/Trace";
import { createRunStore, RunContext } from "../runStore";
import { type Again, AgainContext } from "./again";

const type = (name: string, fields = {}, rest = {}) => [
  name,
  {
    type: name,
    title: name,
    group: "Do",
    effects: "read",
    ports: [{ name: "out", title: "" }],
    config: { type: "object", properties: fields },
    output: { type: "object", properties: { text: { type: "string", title: "Words" } } },
    i18n: {},
    ...rest,
  },
];
const types = new Map([
  type("hear", {}, { starts: true }),
  type("think", { ask: { title: "Question", "x-ui": { widget: "template" } } }),
  type("send", {}, { effects: "write" }),
] as never) as unknown as StepTypes;
const node = (id: string, title: string): GraphNode => ({
  id,
  type: id.replace(/_\d+$/, ""),
  version: 1,
  title,
  config: {},
  policy: {},
  position: { x: 0, y: 0 },
  body: null,
});
const graph: Graph = {
  nodes: [node("hear_1", "Message"), node("think_1", "Ask"), node("send_1", "Mail")],
  edges: [
    { source: "hear_1", port: "out", target: "think_1" },
    { source: "think_1", port: "out", target: "send_1" },
  ],
};

let seq = 0;
const event = (kind: string, path = "", data: RunEvent["data"] = {}): RunEvent => ({
  seq: ++seq,
  type: kind,
  path,
  at: "",
  data,
});
const step = (path: string, input: RunEvent["data"], text: string) => [
  event("node_started", path, { attempt: 1, input }),
  event("node_succeeded", path, { attempt: 1, output: { text }, port: "out" }),
];
const origin = { only: false, version: "origin" };
const started = { id: "r2", query: "hi" };
const onStarted = vi.fn();
const NO_PINS = { "GET /api/workflows/w1/pins": { body: { pins: {} } } };

async function look(
  answers: Parameters<typeof serve>[0] = {},
  change: Partial<Again> = {},
  role = "editor",
  ...more: RunEvent[]
) {
  seq = 0;
  const store = createRunStore((work) => work());
  store.begin("r1", "hi", { graph, types, shapes: {} });
  const events = [
    event("run_started", "", { query: "hi" }),
    ...step("hear_1", {}, "hi"),
    ...step("think_1", { ask: "hi", style: "short" }, "Hello."),
    ...step("send_1", { to: "Mei" }, "sent"),
    ...more.map((one) => ({ ...one, seq: ++seq })),
    event("run_succeeded", "", { answer: "Hello.", outputs: {} }),
  ];
  store.take(events.map((one) => ({ id: `${one.seq}-0`, kind: "event", event: one })));
  const asked = serve({
    "GET /api/session": { body: { role, user: null, workspaces: [] } },
    ...NO_PINS,
    "POST /api/runs/r1/fork": { status: 201, body: started },
    ...answers,
  });
  const again: Again = { workflow: "w1", graph, types, used: null, isDraft: false, onStarted, ...change };
  await renderApp(
    <RunContext value={store}>
      <AgainContext value={again}>
        <Trace graph={graph} types={types} choose={store.chooseRound} label="Steps" />
      </AgainContext>
    </RunContext>,
  );
  const list = await screen.findByRole("list", { name: "Steps" });
  /** Opens a step of the trace. */
  const open = async (title: string) => {
    const row = within(list).getByText(title).closest("li") as HTMLElement;
    await userEvent.click(within(row).getByText(title));
    return within(row);
  };
  const sent = () => asked.filter(({ call }) => !call.startsWith("GET"));
  return { open, sent };
}

beforeEach(() => onStarted.mockReset());
afterEach(() => vi.unstubAllGlobals());

test("a run goes on from a step with what came in changed, of which only the change is sent", async () => {
  const { open, sent } = await look();
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run from here" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Run from “Ask”" }));

  const question = dialog.getByLabelText("Question");
  expect(question).toHaveValue("hi");
  await userEvent.clear(question);
  await userEvent.type(question, "Who?");
  await userEvent.click(dialog.getByRole("button", { name: "Start the new run" }));

  expect(sent()).toEqual([
    {
      call: "POST /api/runs/r1/fork",
      body: { ...origin, from: "think_1", edits: { think_1: { config: { ask: "Who?" } } } },
    },
  ]);
  expect(onStarted).toHaveBeenCalledExactlyOnceWith(started, "think_1");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("the dialog says which steps are kept, which run again, and what is sent outside once more", async () => {
  const { open } = await look();
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run from here" }));
  const dialog = within(await screen.findByRole("dialog"));
  const said = (term: string) => dialog.getByText(term).nextElementSibling;

  expect(said("Kept as it was")).toHaveTextContent("Message");
  expect(said("Runs again")).toHaveTextContent("Ask and Mail");
  expect(dialog.getByText("This step acts outside and may do so again: Mail.")).toBeVisible();

  await userEvent.click(dialog.getByRole("radio", { name: "Set its result myself" }));
  expect(said("Runs again")).toHaveTextContent(/^Mail$/);
});

test("a result that is set is used in the place of the step", async () => {
  const { open, sent } = await look();
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run from here" }));
  const dialog = within(await screen.findByRole("dialog"));

  await userEvent.click(dialog.getByRole("radio", { name: "Set its result myself" }));
  await userEvent.type(dialog.getByLabelText("Words"), " You!");
  await userEvent.click(dialog.getByRole("button", { name: "Start the new run" }));

  expect(sent()[0]?.body).toEqual({
    ...origin,
    from: "think_1",
    edits: { think_1: { output: { text: "Hello. You!" } } },
  });
});

test("of the step that a run begins with, what was said can be changed", async () => {
  const { open, sent } = await look();
  const row = await open("Message");
  expect(row.queryByRole("button", { name: "Run just this step" })).toBeNull();
  await userEvent.click(await row.findByRole("button", { name: "Run from here" }));
  const dialog = within(await screen.findByRole("dialog"));

  expect(dialog.queryByRole("radio")).toBeNull();
  await userEvent.type(dialog.getByLabelText("Words"), "?");
  await userEvent.click(dialog.getByRole("button", { name: "Start the new run" }));

  expect(sent()[0]?.body).toEqual({
    ...origin,
    from: "hear_1",
    edits: { hear_1: { output: { text: "hi?" } } },
  });
});

test("what the server refuses is said in the dialog, which stays", async () => {
  const error = { code: "run_not_ended", message: "It goes on.", hint: "Wait." };
  const { open } = await look({ "POST /api/runs/r1/fork": { status: 409, body: { error } } });
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run from here" }));
  await userEvent.click(await screen.findByRole("button", { name: "Start the new run" }));

  expect(await within(screen.getByRole("dialog")).findByRole("alert")).toBeVisible();
  expect(onStarted).not.toHaveBeenCalled();
});

test("a step that reads runs alone at once, by the draft where that is being worked on", async () => {
  const prepare = vi.fn(async () => true);
  const { open, sent } = await look({}, { isDraft: true, prepare });
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run just this step" }));

  expect(prepare).toHaveBeenCalledOnce();
  expect(sent()[0]?.body).toEqual({ from: "think_1", only: true, version: "draft" });
});

test("nothing runs where the draft could not be saved", async () => {
  const { open, sent } = await look({}, { isDraft: true, prepare: async () => false });
  await userEvent.click(await (await open("Ask")).findByRole("button", { name: "Run just this step" }));

  expect(sent()).toEqual([]);
});

test("before a step acts outside once more, the person is asked", async () => {
  const { open, sent } = await look();
  await userEvent.click(await (await open("Mail")).findByRole("button", { name: "Run just this step" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Run “Mail” once more?" }));
  expect(sent()).toEqual([]);

  await userEvent.click(dialog.getByRole("button", { name: "Run just this step" }));
  expect(sent()[0]?.body).toEqual({ ...origin, from: "send_1", only: true });
});

test("a result is kept as sample data, is shown as such, and can be changed and removed", async () => {
  let pins = {};
  const { open, sent } = await look({
    "GET /api/workflows/w1/pins": () => ({ body: { pins } }),
    "PUT /api/workflows/w1/pins/think_1": (body) => {
      pins = { think_1: { ...(body as object), at: "2026-11-25T19:00:00Z" } };
      return { body: {} };
    },
    "DELETE /api/workflows/w1/pins/think_1": () => {
      pins = {};
      return { status: 204 };
    },
  });
  const row = await open("Ask");

  await userEvent.click(await row.findByRole("button", { name: "Keep this result as sample data" }));
  const kept = within(await row.findByRole("region", { name: "Sample data of “Ask”" }));
  expect(sent().at(-1)?.body).toEqual({ output: { text: "Hello." }, port: "out", from_run: "r1" });
  expect(kept.getByText(/Visitors and programs never get it/)).toBeVisible();

  await userEvent.click(kept.getByRole("button", { name: "Change" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText("Words"), " Mei.");
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  expect(await kept.findByText("Hello. Mei.")).toBeVisible();
  expect(sent().at(-1)?.body).toEqual({ output: { text: "Hello. Mei." }, port: "out", from_run: "r1" });

  await userEvent.click(kept.getByRole("button", { name: "Remove" }));
  expect(await row.findByRole("button", { name: "Keep this result as sample data" })).toBeVisible();
  expect(row.queryByRole("region")).toBeNull();
});

test("a result that is too large to come with its run is sent whole, and not offered to be changed", async () => {
  const { open, sent } = await look(
    { "GET /api/runs/r1/values/ab12": { body: "A very long story." } },
    {},
    "editor",
    event("node_succeeded", "think_1", {
      output: { text: { "#blob": "ab12", bytes: 70_000, preview: "A very" }, style: "old" },
      port: "out",
      "#blobs": [["output", "text"]],
    }),
  );
  const row = await open("Ask");
  await userEvent.click(await row.findByRole("button", { name: "Run from here" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("radio", { name: "Set its result myself" }));

  expect(dialog.queryByLabelText("Words")).toBeNull();
  expect(dialog.getByText("Too large to be changed here, and used as it is: Words.")).toBeVisible();
  await userEvent.type(dialog.getByLabelText("style"), "er");
  await userEvent.click(dialog.getByRole("button", { name: "Start the new run" }));
  expect(sent()[0]?.body).toMatchObject({
    edits: { think_1: { output: { text: "A very long story.", style: "older" } } },
  });
});

test("who may only look is offered nothing of it", async () => {
  const { open } = await look({}, {}, "viewer");
  const row = await open("Ask");

  expect(row.getByText("Hello.")).toBeVisible();
  expect(row.queryByRole("button")).toBeNull();
});
