import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Json, RunEvent } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { isApart } from "./apart";
import { EMPTY_RUN, foldEvents, type RunState } from "./fold";
import { LastResult } from "./LastResult";
import { createRunStore, RunContext } from "./runStore";

const apart = (preview: Json, sha256 = "ab12") => ({ "#blob": sha256, bytes: 5 * 1024 ** 2, preview });

const events = (...facts: [string, Record<string, Json>][]): RunEvent[] =>
  facts.map(([type, data], i) => ({ seq: i + 1, type, path: "tool_1", at: "", data }));

const remembered = (...changes: Record<string, Json>[]): RunState =>
  foldEvents(
    EMPTY_RUN,
    events(...changes.map((data): [string, Record<string, Json>] => ["variable_set", data])),
  );

afterEach(() => vi.unstubAllGlobals());

async function show(output: Record<string, Json>, places: Json) {
  const store = createRunStore((work) => work());
  const plan = { graph: { nodes: [], edges: [] }, types: new Map(), shapes: {} };
  store.begin("r1", "", plan);
  store.take(
    events(
      ["node_started", { attempt: 1, input: {} }],
      ["node_succeeded", { attempt: 1, output, port: "out", "#blobs": places }],
    ).map((event) => ({ id: `${event.seq}-0`, kind: "event", event })),
  );
  const step = store.getState().run.steps.tool_1;
  const shown = {
    kind: "done",
    attempt: 1,
    reason: null,
    elapsedMs: 1,
    tokens: null,
    isPulsing: false,
    progress: null,
    rounds: null,
    takenAgain: null,
    given: null,
  } as const;
  const plain = (field: string) => field;
  await renderApp(
    <RunContext value={store}>
      <LastResult
        step={step}
        shown={shown}
        inputTitle={plain}
        inputInWords={(input) => input}
        outputTitle={plain}
        outputInWords={(output) => output}
      />
    </RunContext>,
  );
}

it("shows the beginning of a large value and how large it is, and all of it when asked", async () => {
  const asked = serve({ "GET /api/runs/r1/values/ab12": { body: "Once upon a time, to its very end." } });
  await show({ text: apart("Once upon…"), status: 200 }, [["output", "text"]]);

  expect(await screen.findByText("Once upon…")).toBeVisible();
  expect(screen.getByText("The beginning of 5 MB")).toBeVisible();
  expect(screen.getByText("200")).toBeVisible();
  expect(asked.filter((one) => one.call.includes("values"))).toHaveLength(0);

  await userEvent.click(screen.getByRole("button", { name: "Show all" }));

  expect(await screen.findByText("Once upon a time, to its very end.")).toBeVisible();
  expect(screen.queryByText("Once upon…")).toBeNull();
});

it("offers a large value as a file", async () => {
  await show({ items: apart([1, 2]) }, [["output", "items"]]);

  const link = await screen.findByRole("link", { name: "Download" });
  expect(link).toHaveAttribute("href", "/api/runs/r1/values/ab12?download=true");
});

it("draws a long text and a long list piece by piece, to their ends", async () => {
  const body = { text: `${"a".repeat(150_000)}the end`, list: Array.from({ length: 300 }, (_, i) => i) };
  serve({ "GET /api/runs/r1/values/ab12": { body } });
  await show({ all: apart({ text: "aaa", list: [0] }) }, [["output", "all"]]);
  await userEvent.click(await screen.findByRole("button", { name: "Show all" }));

  expect(await screen.findByText(/and 250 more/)).toBeVisible();
  expect(screen.queryByText(/the end$/)).toBeNull();
  for (const button of await screen.findAllByRole("button", { name: "Show more" }))
    await userEvent.click(button);

  expect(screen.getByText(/the end$/)).toBeVisible();
  expect(screen.getByText(/and 50 more/)).toBeVisible();
});

it("tells a large value in the technical view by its beginning, and no reference", async () => {
  serve({ "GET /api/runs/r1/values/ab12": { body: "To its very end." } });
  await show({ text: apart("Once upon…"), status: 200 }, [["output", "text"]]);
  await userEvent.click(await screen.findByRole("switch", { name: "Technical view" }));

  expect(screen.getByText(/"text": "Once upon…"/)).toBeVisible();
  expect(screen.getByText("The beginning of 5 MB")).toBeVisible();
  expect(document.body.textContent).not.toContain("#blob");
  await userEvent.click(screen.getByRole("button", { name: "Show all" }));

  expect(await screen.findByText('"To its very end."')).toBeVisible();
});

it("says why a value could not be fetched", async () => {
  const error = { code: "not_found", message: "This value does not exist.", hint: "" };
  serve({ "GET /api/runs/r1/values/ab12": { status: 404, body: { error } } });
  await show({ text: apart("Once upon…") }, [["output", "text"]]);

  await userEvent.click(await screen.findByRole("button", { name: "Show all" }));

  expect(await screen.findByRole("alert")).toBeVisible();
  expect(screen.getByText("Once upon…")).toBeVisible();
});

it("takes nothing for a reference that only looks like one", async () => {
  await show({ text: apart("Once upon…") }, []);

  expect(await screen.findByText("Once upon…")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Download" })).toBeNull();
});

it("knows what a variable was set to, and what a list of unseen length was given", () => {
  const value = apart("Once upon…");
  const run = remembered(
    { name: "story", operator: "set", value, "#blobs": [["value"]] },
    { name: "parts", operator: "append", value: "one" },
    { name: "parts", operator: "append", value: apart("two", "cd34"), "#blobs": [["value"]] },
    { name: "story", operator: "append", value: "more" },
  );

  expect(isApart(run.variables["vars.story"])).toBe(true);
  expect(run.variables["vars.parts"]).toEqual(["one", apart("two", "cd34")]);
  expect(run.changes.tool_1?.map((change) => change.value)).toEqual([
    value,
    "one",
    apart("two", "cd34"),
    "more",
  ]);
});
