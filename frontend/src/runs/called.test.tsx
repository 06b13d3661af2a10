import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Graph, GraphNode, RunEvent, UsedApps } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { renderApp, serve } from "@/test/renderApp";
import { callKey, findStep, UsedAppsContext } from "./calls";
import { Trace } from "./page/Trace";
import { createRunStore, RunContext } from "./runStore";

const type = (name: string, properties = {}, rest = {}) => [
  name,
  {
    type: name,
    title: name,
    group: "Do",
    ports: [{ name: "out", title: "" }],
    config: { type: "object", properties },
    output: { type: "object", properties: { text: { type: "string", title: "Text" } } },
    i18n: {},
    ...rest,
  },
];
const fields = {
  app: { "x-ui": { widget: "workflow" } },
  edition: { "x-ui": { widget: "workflow-version" } },
  wishes: { title: "What it asks for", "x-ui": { widget: "workflow-inputs" } },
};
const types = new Map([
  type("start", { asks: { "x-ui": { widget: "inputs" } } }, { starts: true }),
  type("think"),
  type("borrow", fields),
  type("again", {}, { inside: { type: "object" } }),
] as never) as unknown as StepTypes;

const node = (id: string, title: string, rest: Partial<GraphNode> = {}): GraphNode => ({
  id,
  type: id.replace(/_\d+$/, ""),
  version: 1,
  title,
  config: {},
  policy: {},
  position: { x: 0, y: 0 },
  body: null,
  ...rest,
});
const chain = (...nodes: GraphNode[]): Graph => ({
  nodes,
  edges: nodes.slice(1).map((n, i) => ({ source: nodes[i]?.id ?? "", port: "out", target: n.id })),
});

// Both apps, and the one around them, have a step of the id `think_1`.
const asks = [
  { name: "word", label: "Word to explain" },
  { name: "plain", label: "" },
  { name: "one", label: "Same title" },
  { name: "other", label: "Same title" },
];
const deepest = chain(node("start_1", "", { config: { asks } }), node("think_1", "Look up words"));
const inner = chain(node("think_1", "Translate"), node("borrow_1", "Dictionary", { config: { app: "d" } }));
const outer = chain(
  node("start_1", "Message"),
  node("think_1", "Prepare"),
  node("again_1", "Each letter", {
    body: chain(node("borrow_1", "Translator", { config: { app: "t", edition: 3 } })),
  }),
);
const used: UsedApps = {
  "t@3": { workflow_id: "t", name: "Translating", number: 3, graph: inner },
  "d@latest": { workflow_id: "d", name: "Dictionary", number: 1, graph: deepest },
};

let seq = 0;
const event = (type: string, path = "", data: RunEvent["data"] = {}): RunEvent => ({
  seq: ++seq,
  type,
  path,
  at: "2026-11-25T00:00:00Z",
  data,
});
const started = (path: string) => event("node_started", path, { attempt: 1, input: { text: `to ${path}` } });
const done = (path: string) =>
  event("node_succeeded", path, { output: { text: `from ${path}` }, port: "out" });
const whole = (path: string) => [started(path), done(path)];
const call = (path: string) => [
  started(path),
  ...whole(`${path}[0].think_1`),
  started(`${path}[0].borrow_1`),
  ...whole(`${path}[0].borrow_1[0].start_1`),
  ...whole(`${path}[0].borrow_1[0].think_1`),
  done(`${path}[0].borrow_1`),
  done(path),
];

async function look(events: RunEvent[], apps: UsedApps = used) {
  const store = createRunStore((work) => work());
  store.begin("r1", "hi", { graph: outer, types, shapes: {} });
  store.take(events.map((one) => ({ id: `${one.seq}-0`, kind: "event", event: one })));
  serve({ "GET /api/session": { body: { role: "editor", user: null, workspaces: [] } } });
  await renderApp(
    <RunContext value={store}>
      <UsedAppsContext value={apps}>
        <Trace graph={outer} types={types} choose={store.chooseRound} label="Steps" />
      </UsedAppsContext>
    </RunContext>,
  );
  return store;
}

const begin = () => {
  seq = 0;
  return [
    event("run_started", "", { query: "hi" }),
    ...whole("start_1"),
    ...whole("think_1"),
    started("again_1"),
  ];
};
const region = (name: string) => screen.findByRole("region", { name });
const rowOf = (within_: HTMLElement, title: string) =>
  within(within_).getByText(title).closest("summary") as HTMLElement;

afterEach(() => vi.unstubAllGlobals());

test("the steps of a used app stand beneath the step that uses it, by that app's titles", async () => {
  await look([...begin(), ...call("again_1[0].borrow_1"), done("again_1"), event("run_succeeded")]);

  const steps = await region("Steps of Translating");

  expect(within(steps).getByText("version 3")).toBeVisible();
  expect(within(steps).getByRole("link", { name: "Open this app: Translating" })).toHaveAttribute(
    "href",
    "/apps/t",
  );
  expect(rowOf(steps, "Translate")).toHaveTextContent("Done");
});

test("apps inside apps are told apart though their steps have the same ids", async () => {
  await look([...begin(), ...call("again_1[0].borrow_1")]);

  const deep = within(await region("Steps of Translating")).getByRole("region", {
    name: "Steps of Dictionary",
  });
  await userEvent.click(rowOf(deep, "Look up words"));

  expect(within(deep).getByText("from again_1[0].borrow_1[0].borrow_1[0].think_1")).toBeInTheDocument();
  expect(within(deep).queryByText("from think_1")).toBeNull();
});

test("what a used app was given reads by the titles under which it asks for it", async () => {
  const wishes = { word: "sun", plain: "moon", one: "1", other: "2", gone: "since" };
  const path = "again_1[0].borrow_1";
  const given = (where: string) => event("node_started", where, { attempt: 1, input: { app: "d", wishes } });
  await look([...begin(), started(path), ...whole(`${path}[0].think_1`), given(`${path}[0].borrow_1`)]);

  const inside = await region("Steps of Translating");
  await userEvent.click(rowOf(inside, "Dictionary"));

  const titles = within(inside)
    .getAllByRole("term")
    .map((one) => one.textContent);
  expect(titles).toEqual(
    expect.arrayContaining(["What it asks for", "Word to explain", "plain", "one", "other", "gone"]),
  );
  expect(titles).not.toContain("word");
  expect(within(inside).getByText("sun")).toBeVisible();
});

test("inside a loop the round that is looked at says which call is shown", async () => {
  const path = "again_1[1].borrow_1";
  const store = await look([
    ...begin(),
    ...call("again_1[0].borrow_1"),
    started(path),
    started(`${path}[0].think_1`),
    event("node_failed", `${path}[0].think_1`, { error: { code: "x", message: "No words left.", hint: "" } }),
  ]);

  expect(rowOf(await region("Steps of Translating"), "Translate")).toHaveTextContent("Needs attention");
  expect(screen.getByText("No words left.")).toBeInTheDocument();

  store.chooseRound("again_1", 0);
  expect(await screen.findByText("from again_1[0].borrow_1[0].think_1")).toBeInTheDocument();
  expect(rowOf(await region("Steps of Translating"), "Translate")).toHaveTextContent("Done");
});

test("what a step of a used app waits for can be said where it waits", async () => {
  const path = "again_1[0].borrow_1[0].think_1";
  const about = { attempt: 1, name: "#settle 1", reason: "outcome_unknown", until: null, about: {} };
  await look([
    ...begin(),
    started("again_1[0].borrow_1"),
    started(path),
    event("node_waiting", path, about),
    event("run_waiting", "", { reasons: [{ path, reason: "outcome_unknown" }] }),
  ]);
  const asked = serve({
    "GET /api/session": { body: { role: "editor", user: null, workspaces: [] } },
    "POST /api/runs/r1/settle": { body: {} },
  });

  const steps = await region("Steps of Translating");
  await userEvent.click(rowOf(steps, "Translate"));
  await userEvent.click(await within(steps).findByRole("button", { name: "It was done" }));

  expect(asked.find(({ call }) => call.startsWith("POST"))?.body).toEqual({ path, action: "done" });
});

test("an app that was deleted since is said to be gone", async () => {
  await look([...begin(), ...call("again_1[0].borrow_1")], {});

  expect(await screen.findByText(/has been deleted/)).toBeVisible();
});

test("nothing stands beneath a step that has not begun to use its app", async () => {
  await look(begin());

  expect(await screen.findByText("Translator")).toBeInTheDocument();
  expect(screen.queryByRole("region")).toBeNull();
});

test("a step is found by its path, also inside used apps", () => {
  const found = findStep(outer, "again_1[4].borrow_1[0].borrow_1[0].think_1", types, used);

  expect(found?.node.title).toBe("Look up words");
  expect(found?.within.map(({ name }) => name)).toEqual(["Translating", "Dictionary"]);
  expect(findStep(outer, "think_1", types, used)?.node.title).toBe("Prepare");
  expect(findStep(outer, "again_1[4].borrow_1[0].think_1", types, {})).toBeUndefined();
});

test.each([
  [{ app: "t" }, "t@latest"],
  [{ app: "t", edition: "latest" }, "t@latest"],
  [{ app: "t", edition: null }, "t@latest"],
  [{ app: "t", edition: 12 }, "t@12"],
  [{ app: "" }, null],
  [{}, null],
])("a step with %j uses %s", (config, key) => {
  expect(callKey(node("borrow_1", "", { config }), types.get("borrow"))).toBe(key);
});
