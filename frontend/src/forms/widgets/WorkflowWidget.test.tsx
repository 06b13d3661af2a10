import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { AskedField, Json, JsonObject, JsonSchema } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import builtin from "../fixtures/builtin.json";
import { type FormWorld, FormWorldContext } from "../info";
import { SchemaForm } from "../SchemaForm";
import type { FieldFault } from "../schema";

const schema = builtin.sub_workflow.config as unknown as JsonSchema;

const world: FormWorld = {
  info: [
    {
      node: "start_1",
      type: "start",
      title: "Visitor message",
      group: "Talk",
      fields: [{ path: ["age"], title: "Age", kind: "number" }],
    },
  ],
  inside: [],
  variables: [],
  lastValue: () => undefined,
  models: [],
  usual: {},
};

const version = (number: number, closes_circle = false) => ({
  number,
  note: "",
  created_at: "2026-11-24T12:00:00Z",
  closes_circle,
});
const APPS = [
  { id: "t", name: "Translator", slug: "translator", latest: 3, versions: [version(3), version(2)] },
  { id: "c", name: "Caller", slug: "caller", latest: 1, versions: [version(1, true)] },
  { id: "o", name: "Off", slug: "off", latest: null, versions: [version(1)] },
  { id: "n", name: "Never", slug: "never", latest: null, versions: [] },
];
const GONE = "7d3f0c1e-0000-4000-8000-000000000000";
const field = (name: string, type: string, rest: Partial<AskedField> = {}): AskedField => ({
  name,
  type,
  label: name,
  required: false,
  options: [],
  accepts: [],
  ...rest,
});

beforeAll(() => {
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.hasPointerCapture ??= () => false;
});
afterEach(() => vi.unstubAllGlobals());

async function show(value: JsonObject, inputs: AskedField[] = [], faults: FieldFault[] = []) {
  let now = value;
  const answers = { inputs };
  serve({
    "GET /api/workflows/usable": { body: { apps: APPS } },
    "GET /api/workflows/t/asks": () => ({ body: { number: 3, inputs: answers.inputs } }),
    "GET /api/workflows/o/asks": { status: 404, body: { error: { code: "not_found", message: "No." } } },
    "GET /api/workflows/7d3f0c1e-0000-4000-8000-000000000000/asks": {
      status: 404,
      body: { error: { code: "not_found", message: "No." } },
    },
    "GET /api/workflows/n/asks": { status: 404, body: { error: { code: "not_found", message: "No." } } },
    "GET /api/workflows/newsletter/asks": {
      status: 404,
      body: { error: { code: "not_found", message: "No." } },
    },
    "GET /api/workflows/c/asks": { body: { number: 1, inputs: [] } },
  });
  function Held() {
    const [held, setHeld] = useState(value);
    const change = (name: string, next: Json | undefined) => {
      const { [name]: _, ...rest } = held;
      now = next === undefined ? rest : { ...rest, [name]: next };
      setHeld(now);
    };
    return (
      <FormWorldContext value={world}>
        <SchemaForm id="step" schema={schema} value={held} onChange={change} faults={faults} />
      </FormWorldContext>
    );
  }
  await renderApp(<Held />);
  return { config: () => now, answers };
}

const choose = async (label: string | RegExp, option: string | RegExp) => {
  const control = await screen.findByRole("combobox", { name: label });
  control.focus();
  await userEvent.keyboard("{Enter}");
  await userEvent.click(await screen.findByRole("option", { name: option }));
};

it("chooses another app by its name, and says which ones wait to be published", async () => {
  const { config } = await show({});

  expect(await screen.findByText(/Never/)).toHaveTextContent("Not published, so not in this list: Never");
  await choose("App", "Translator");

  expect(config()).toEqual({ workflow: "t" });
  expect(screen.getByRole("link", { name: /Open this app/ })).toHaveAttribute("href", "/apps/t/build");
});

it("does not offer an app that uses this one", async () => {
  await show({});

  (await screen.findByRole("combobox", { name: "App" })).focus();
  await userEvent.keyboard("{Enter}");

  const caller = await screen.findByRole("option", { name: /Caller/ });
  expect(caller).toHaveAttribute("aria-disabled", "true");
  expect(caller).toHaveTextContent("Uses this app itself");
});

it("chooses a version, and says what it means", async () => {
  const { config } = await show({ workflow: "t" });

  expect(await screen.findByText(/uses the new version from the next message on/)).toBeVisible();
  await choose("Version", "Version 2, of 24 November");
  expect(config()).toEqual({ workflow: "t", version: 2 });
  expect(screen.getByText(/This version never changes/)).toBeVisible();

  await choose("Version", /Latest published/);
  expect(config()).toEqual({ workflow: "t" });
});

it.each([
  [{ workflow: GONE }, "is not in this workspace any more"],
  [{ workflow: "n" }, "Never is not published"],
  [{ workflow: "o" }, "Off is switched off"],
  [{ workflow: "t", version: 9 }, "Translator has no such version"],
  [{ workflow: "c" }, "Caller uses this app itself"],
])("says what is wrong with %j and what to do", async (config, words) => {
  await show(config);

  expect(await screen.findByText(new RegExp(words))).toBeVisible();
});

it("shows what a file called an app that was not found when it was brought in", async () => {
  await show({ workflow: "newsletter" });

  expect(await screen.findByRole("combobox", { name: "App" })).toHaveTextContent("newsletter (not here)");
});

it("keeps an app that is gone as it is until another one is chosen", async () => {
  const { config } = await show({ workflow: GONE, inputs: { language: "French" } });

  expect(await screen.findByRole("combobox", { name: "App" })).toHaveTextContent("not here any more");
  expect(config()).toEqual({ workflow: GONE, inputs: { language: "French" } });
});

it("has a field for each thing that app asks for, by its kind", async () => {
  const { config } = await show({ workflow: "t" }, [
    field("size", "number", { required: true }),
    field("formal", "boolean"),
    field("language", "choice", { options: ["French", "Chinese"], default: "French" }),
    field("words", "list"),
  ]);
  const form = await screen.findByRole("group", { name: "What it asks for" });

  await userEvent.type(await within(form).findByRole("textbox", { name: /^size/ }), "12");
  await choose(/^formal/, "Yes");
  await choose(/^language/, "Chinese");
  await userEvent.type(within(form).getByRole("textbox", { name: /^words/ }), "a{Enter}b");

  expect(config().inputs).toEqual({ size: 12, formal: true, language: "Chinese", words: ["a", "b"] });
  expect(within(form).getByText("If empty: French")).toBeVisible();
});

it("takes information from an earlier step for anything that is asked for", async () => {
  const { config } = await show({ workflow: "t" }, [field("size", "number"), field("paper", "file")]);

  await userEvent.click(await screen.findByRole("button", { name: "Use information for size" }));
  await userEvent.click(screen.getByRole("combobox", { name: "size" }));
  await userEvent.click(await screen.findByRole("option", { name: /Age/ }));
  expect(config().inputs).toEqual({ size: "{{ start_1.age }}" });
  expect(screen.getByRole("combobox", { name: "paper" })).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Fill in size myself" }));
  expect(config().inputs).toBeUndefined();
});

it("keeps what was typed when another version asks for other things, and says so", async () => {
  const typed = { size: 12, tone: "Warm" };
  const { config, answers } = await show({ workflow: "t", inputs: typed }, [
    field("size", "number"),
    field("tone", "text"),
  ]);
  await screen.findByRole("textbox", { name: /^size/ });
  expect(screen.queryByText(/does not ask for this any more/)).toBeNull();

  answers.inputs = [field("size", "text")];
  await choose("Version", "Version 2, of 24 November");

  expect(await screen.findByText(/does not ask for this any more/)).toBeVisible();
  expect(screen.getByText("tone").closest("span")).toHaveTextContent("tone: Warm");
  expect(config().inputs).toEqual(typed);

  await userEvent.click(screen.getByRole("button", { name: "Remove tone" }));
  expect(config().inputs).toEqual({ size: 12 });
});

it("says at the field what the app must be given", async () => {
  const faults = [{ path: "inputs.size", message: "That app needs “Size”." }];
  await show({ workflow: "t" }, [field("size", "number", { required: true })], faults);

  expect(await screen.findByRole("textbox", { name: "size" })).toHaveAccessibleDescription(
    "That app needs “Size”.",
  );
});

it("shows as a text what does not fit the kind any more", async () => {
  await show({ workflow: "t", inputs: { language: "Klingon" } }, [
    field("language", "choice", { options: ["French"] }),
  ]);

  expect(await screen.findByText("Klingon")).toBeVisible();
});
