import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import i18next from "i18next";
import { useState } from "react";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Json, JsonObject, JsonSchema } from "@/api/types";
import common from "@/i18n/en/common.json";
import forms from "@/i18n/en/forms.json";
import { TooltipProvider } from "@/ui";
import builtin from "./fixtures/builtin.json";
import { type FormWorld, FormWorldContext } from "./info";
import { SchemaForm } from "./SchemaForm";
import { type FieldFault, fieldsOf, hints, textOf } from "./schema";

beforeAll(async () => {
  await i18next
    .use(initReactI18next)
    .init({ lng: "en", resources: { en: { forms, common } }, defaultNS: "common" });
  Element.prototype.scrollIntoView ??= () => {};
});

const world: FormWorld = {
  info: [
    {
      node: "start_1",
      type: "start",
      title: "Visitor message",
      group: "Talk",
      fields: [
        { path: ["query"], title: "Message", kind: "text" },
        { path: ["age"], title: "Age", kind: "number" },
      ],
    },
  ],
  inside: [],
  variables: [],
  lastValue: () => undefined,
  models: [
    { id: "practice", title: "SmolLM2", kind: "chat", is_practice: true, is_local: true, connection: null },
    { id: "e5", title: "E5", kind: "embedding", is_practice: false, is_local: true, connection: null },
  ],
  usual: { chat: "practice", embedding: "e5", rerank: "" },
};

const queries = new QueryClient({ defaultOptions: { queries: { enabled: false } } });

interface Shown {
  schema: JsonSchema;
  value?: JsonObject;
  faults?: FieldFault[];
  onChange?: (value: JsonObject) => void;
  isReadOnly?: boolean;
}

function Form({ schema, value: first = {}, faults, onChange, isReadOnly = false }: Shown) {
  const [value, setValue] = useState<JsonObject>(first);
  const change = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = value;
    const changed: JsonObject = next === undefined ? rest : { ...rest, [name]: next };
    setValue(changed);
    onChange?.(changed);
  };
  const form = <SchemaForm id="form" schema={schema} value={value} onChange={change} faults={faults} />;
  return (
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <FormWorldContext value={isReadOnly ? { ...world, isReadOnly } : world}>
          {isReadOnly ? <fieldset disabled>{form}</fieldset> : form}
        </FormWorldContext>
      </TooltipProvider>
    </QueryClientProvider>
  );
}

const show = (props: Shown) => render(<Form {...props} />);
const form = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: "object", properties });

/** The fields of a step that has just been added: those without a condition that is not met. */
function shownAtFirst(config: JsonSchema): JsonSchema[] {
  const { main, more } = fieldsOf(config, {});
  return [...main, ...more].map((field) => field.schema);
}

describe("SchemaForm", () => {
  test("who may only look opens more options, reads all, and changes nothing", async () => {
    const onChange = vi.fn();
    const more = { title: "Tone", type: "string", "x-ui": { more: true } };
    const words = { title: "Words", "x-ui": { widget: "template" } };
    const value = { words: "To {{ start_1.query }}", tone: "dry" };
    show({ schema: form({ words, tone: more }), value, onChange, isReadOnly: true });

    const text = await screen.findByRole("textbox", { name: "Words" });
    expect(text).toHaveTextContent("To Visitor messageMessage");
    expect(text).toHaveAttribute("contenteditable", "false");
    // Not by userEvent, which takes all that lies in a disabled fieldset for disabled.
    fireEvent.click(screen.getByText("More options"));
    expect(screen.getByLabelText(/Tone/)).toBeVisible();
    expect(screen.getByLabelText(/Tone/)).toBeDisabled();
    expect(screen.getByLabelText(/Tone/)).toHaveValue("dry");
    expect(onChange).not.toHaveBeenCalled();
  });

  test.each(Object.entries(builtin))(
    "draws every field of the builtin step %s with its label",
    async (_, type) => {
      const { container } = show({ schema: type.config as JsonSchema });

      const fields = shownAtFirst(type.config as JsonSchema);
      for (const { title } of fields) expect(container.textContent).toContain(textOf(title));
      await waitFor(() =>
        expect(container.querySelectorAll("[contenteditable]").length).toBe(
          fields.filter((f) => hints(f).widget === "template").length,
        ),
      );
    },
  );

  const python = resolve("../.venv/bin/python");
  test.skipIf(!existsSync(python))(
    "the builtin schemas kept for this test are those of the catalogue",
    () => {
      const code = `import json; from nodes.sdk.catalogue import load_catalogue
print(json.dumps({n["type"]: n["config"] for n in load_catalogue().describe()}))`;
      const now = JSON.parse(execFileSync(python, ["-c", code], { cwd: ".." }).toString());

      expect(Object.fromEntries(Object.entries(builtin).map(([name, t]) => [name, t.config]))).toEqual(now);
    },
  );

  test("fields marked so wait behind More options", () => {
    show({
      schema: form({
        a: { type: "string", title: "Seen" },
        b: { type: "string", title: "Hidden", "x-ui": { more: true } },
      }),
    });

    expect(screen.getByLabelText("Seen")).toBeInTheDocument();
    expect(screen.getByText("More options").closest("details")).not.toHaveAttribute("open");
    expect(
      within(screen.getByText("More options").closest("details") as HTMLElement).getByLabelText("Hidden"),
    ).toBeInTheDocument();
  });

  test("a fault stands under its field, and opens what hides it", () => {
    show({
      schema: form({
        a: { type: "string", title: "Seen" },
        b: { type: "string", title: "Hidden", "x-ui": { more: true } },
      }),
      faults: [{ path: "b", message: "Fill it in." }],
    });

    expect(screen.getByLabelText("Hidden")).toHaveAccessibleDescription("Fill it in.");
    expect(screen.getByLabelText("Hidden")).toHaveAttribute("aria-invalid", "true");
    expect(screen.getByText("More options").closest("details")).toHaveAttribute("open");
  });

  test("a field shows only while another has the value it asks for", async () => {
    const schema = form({
      on: { type: "boolean", title: "On", default: false },
      how: { type: "string", title: "How", "x-ui": { showWhen: { field: "on", is: true } } },
    });
    show({ schema });

    expect(screen.queryByLabelText("How")).toBeNull();
    await userEvent.click(screen.getByRole("switch", { name: "On" }));
    expect(screen.getByLabelText("How")).toBeInTheDocument();
  });

  test("a step for which the practice model is too small says so", () => {
    const ui = { widget: "model", practice: "Too small." };
    show({
      schema: form({
        model: { type: "string", title: "AI model", "x-ui": ui },
        other: { type: "string", title: "Other", default: "e5", "x-ui": { ...ui, kind: "embedding" } },
      }),
    });

    expect(screen.getAllByRole("note")).toHaveLength(1);
    expect(screen.getByLabelText("Other")).toHaveTextContent("E5");
  });

  test("a kind of model of which there is none yet says where to connect one", () => {
    show({
      schema: form({
        other: { type: "string", title: "Other", "x-ui": { widget: "model", kind: "embedding" } },
        order: { type: "string", title: "Order", "x-ui": { widget: "model", kind: "rerank" } },
      }),
    });

    expect(screen.getAllByRole("note")).toHaveLength(1);
    expect(screen.getByRole("note")).toHaveTextContent("under Models");
  });

  test("an entry of a list gets its name from the form, which does not show it", async () => {
    const name = { type: "string", title: "Name", "x-ui": { widget: "name", placeholder: "group" } };
    const items = form({ name, title: { type: "string", title: "Title" } });
    const onChange = vi.fn();
    show({
      schema: form({ groups: { type: "array", title: "Groups", "x-ui": { widget: "rows" }, items } }),
      onChange,
    });

    await userEvent.click(screen.getByRole("button", { name: "Add" }));
    await userEvent.click(screen.getByRole("button", { name: "Add" }));

    expect(onChange).toHaveBeenLastCalledWith({
      groups: [
        { name: "group", title: "" },
        { name: "group_2", title: "" },
      ],
    });
    expect(screen.queryByLabelText("Name")).toBeNull();
  });

  test("an unknown widget becomes a JSON editor that passes on only what is whole", async () => {
    const onChange = vi.fn();
    show({
      schema: form({ odd: { type: "object", title: "Odd", "x-ui": { widget: "hologram" } } }),
      onChange,
    });

    const box = screen.getByLabelText("Odd");
    await userEvent.type(box, '{{"a": 1');
    expect(onChange).not.toHaveBeenCalled();
    expect(screen.getByRole("alert")).toBeInTheDocument();
    await userEvent.type(box, "}");
    expect(onChange).toHaveBeenLastCalledWith({ odd: { a: 1 } });
  });

  test("an emptied number goes back to automatic", async () => {
    const onChange = vi.fn();
    show({
      schema: form({ n: { type: "integer", title: "Number", default: null } }),
      value: { n: 5 },
      onChange,
    });

    await userEvent.clear(screen.getByLabelText(/Number/));

    expect(onChange).toHaveBeenLastCalledWith({});
  });

  test("a list can be added to and taken from", async () => {
    const onChange = vi.fn();
    show({
      schema: form({ l: { type: "array", items: { type: "string" }, title: "Words" } }),
      value: { l: ["a"] },
      onChange,
    });

    await userEvent.click(screen.getByRole("button", { name: "Add" }));
    await userEvent.type(screen.getByLabelText("Words 2"), "b");
    expect(onChange).toHaveBeenLastCalledWith({ l: ["a", "b"] });
    await userEvent.click(screen.getByRole("button", { name: "Remove entry 1" }));
    expect(onChange).toHaveBeenLastCalledWith({ l: ["b"] });
  });

  test("questions to a visitor get names from their labels that steps can refer to", async () => {
    const onChange = vi.fn();
    show({ schema: builtin.start.config as JsonSchema, onChange });

    await userEvent.click(screen.getByRole("button", { name: "Ask for something" }));
    await userEvent.type(screen.getByLabelText("What to ask for"), "Order number");

    expect(onChange).toHaveBeenLastCalledWith({
      inputs: [{ name: "order_number", label: "Order number", type: "text" }],
    });
  });

  test("a question may ask for files, of some kinds and up to a size", async () => {
    const onChange = vi.fn();
    const inputs = [{ name: "cv", label: "Your CV", type: "file" }];
    show({ schema: builtin.start.config as JsonSchema, value: { inputs }, onChange });

    await userEvent.click(screen.getByRole("switch", { name: "Documents" }));

    expect(onChange).toHaveBeenLastCalledWith({
      inputs: [{ ...inputs[0], accepts: ["document"] }],
    });
    expect(screen.queryByLabelText("If empty, use")).toBeNull();
  });

  test("what is used when a text is left empty is the author's to say", async () => {
    const onChange = vi.fn();
    const inputs = [{ name: "city", label: "City", type: "text" }];
    show({ schema: builtin.start.config as JsonSchema, value: { inputs }, onChange });

    await userEvent.type(screen.getByLabelText("If empty, use"), "B");

    expect(onChange).toHaveBeenLastCalledWith({ inputs: [{ ...inputs[0], default: "B" }] });
  });

  test("the shape of a reply is a table kept as a JSON Schema", async () => {
    const onChange = vi.fn();
    show({ schema: form({ s: { type: "object", title: "Shape", "x-ui": { widget: "schema" } } }), onChange });

    await userEvent.click(screen.getByRole("button", { name: "Add a part" }));
    await userEvent.type(screen.getByLabelText("What it means"), "Which town");

    expect(onChange).toHaveBeenLastCalledWith({
      s: {
        type: "object",
        properties: { part: { type: "string", description: "Which town" } },
        required: ["part"],
      },
    });
  });
});

describe("conditions", () => {
  const schema = builtin.branch.config as JsonSchema;

  test("a new path asks about the nearest information", async () => {
    const onChange = vi.fn();
    show({ schema, onChange });

    await userEvent.click(screen.getByRole("button", { name: "Add a path" }));

    expect(onChange).toHaveBeenLastCalledWith({
      cases: [
        {
          name: "path_1",
          title: "Path 1",
          match: "all",
          conditions: [{ left: "{{ start_1.query }}", operator: "contains", right: "" }],
        },
      ],
    });
    expect(screen.getByRole("combobox", { name: "Information" })).toHaveTextContent("Visitor messageMessage");
  });

  test("other information takes a comparison of its kind; renaming keeps the name connections hold on to", async () => {
    const onChange = vi.fn();
    const conditions = [{ left: "{{ start_1.query }}", operator: "contains", right: "x" }];
    show({ schema, value: { cases: [{ name: "angry", title: "A", match: "all", conditions }] }, onChange });

    await userEvent.click(screen.getByRole("combobox", { name: "Information" }));
    await userEvent.click(screen.getByRole("option", { name: /Age/ }));
    await userEvent.type(screen.getByLabelText("Title of the path"), "b");

    expect(onChange).toHaveBeenLastCalledWith({
      cases: [
        {
          name: "angry",
          title: "Ab",
          match: "all",
          conditions: [{ left: "{{ start_1.age }}", operator: "is", right: "x" }],
        },
      ],
    });
  });

  test("a second condition brings the choice between and and or", async () => {
    show({ schema });
    await userEvent.click(screen.getByRole("button", { name: "Add a path" }));
    expect(screen.queryByLabelText("How the conditions go together")).toBeNull();

    await userEvent.click(screen.getByRole("button", { name: "Add a condition" }));

    expect(screen.getByLabelText("How the conditions go together")).toHaveTextContent("and");
  });

  test("a fault of one case stands in that case", () => {
    const one = (name: string) => ({ name, title: name, match: "all", conditions: [] });
    show({
      schema,
      value: { cases: [one("first"), one("second")] },
      faults: [{ path: "cases[1].conditions", message: "Add a condition." }],
    });

    const [first, second] = screen.getAllByRole("group");
    expect(first).not.toHaveTextContent("Add a condition.");
    expect(second).toHaveTextContent("Add a condition.");
  });
});
