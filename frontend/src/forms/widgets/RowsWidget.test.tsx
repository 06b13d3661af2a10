import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { renderApp } from "@/test/renderApp";
import builtin from "../fixtures/builtin.json";
import { SchemaForm } from "../SchemaForm";

const text = (title: string) => ({ type: "string", title });
const pairs: JsonSchema = {
  type: "array",
  title: "Headers",
  default: [],
  items: { type: "object", properties: { name: text("Name"), value: text("Value") } },
  "x-ui": { widget: "rows" },
};
const kind: JsonSchema = {
  type: "string",
  title: "Kind",
  default: "text",
  oneOf: [
    { const: "text", title: "Text" },
    { const: "number", title: "Number" },
  ],
};
const forms: JsonSchema = {
  type: "array",
  title: "Arguments",
  default: [],
  items: { type: "object", properties: { name: text("Name"), kind, value: text("Value") } },
  "x-ui": { widget: "rows" },
};

async function show(field: JsonSchema, value: Json, words?: Parameters<typeof SchemaForm>[0]["words"]) {
  const onChange = vi.fn();
  function Held() {
    const [now, setNow] = useState<JsonObject>({ list: value });
    const change = (_: string, next: Json | undefined) => {
      setNow({ list: next ?? null });
      onChange(next);
    };
    const faults = [{ path: "list[0].name", message: "This name is taken." }];
    const schema = { type: "object", properties: { list: field } };
    return <SchemaForm id="f" schema={schema} value={now} onChange={change} faults={faults} words={words} />;
  }
  await renderApp(<Held />);
  return onChange;
}

it("draws a name and a value on one line, and adds and removes lines", async () => {
  const onChange = await show(pairs, [{ name: "Accept", value: "text/plain" }]);

  expect(await screen.findByLabelText("Headers 1: Name")).toHaveValue("Accept");
  expect(screen.getByText("This name is taken.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Add" }));
  await userEvent.type(screen.getByLabelText("Headers 2: Value"), "x");
  await userEvent.click(screen.getByRole("button", { name: "Remove entry 1" }));

  expect(onChange).toHaveBeenLastCalledWith([{ name: "", value: "x" }]);
});

it("draws longer entries as forms, with what the schema sets at first, in the reader's words", async () => {
  const words = (name: string) =>
    ({
      list: { title: "参数" },
      "list.name": { title: "名称" },
      "list.kind": { title: "类型", options: { text: "文本", number: "数字" } },
    })[name];
  const onChange = await show(forms, [], words);

  await userEvent.click(await screen.findByRole("button", { name: "Add" }));

  expect(onChange).toHaveBeenLastCalledWith([{ name: "", kind: "text", value: "" }]);
  const [name] = screen.getAllByLabelText("名称");
  await userEvent.type(name as HTMLElement, "city");
  expect(onChange).toHaveBeenLastCalledWith([{ name: "city", kind: "text", value: "" }]);
  const select = screen.getByRole("combobox", { name: "类型" });
  expect(within(select).getByText("文本")).toBeVisible();
});

it("draws rows within rows, and a field of an entry only while that entry wants it", async () => {
  const fields = (builtin.extract.config as JsonSchema & { properties: Record<string, JsonSchema> })
    .properties.fields as JsonSchema;
  const zh = (name: string) => (name === "list.parts.name" ? { title: "零件名称" } : undefined);
  const onChange = await show(
    fields,
    [{ name: "products", type: "list_object", parts: [{ name: "price" }] }],
    zh,
  );

  expect(await screen.findByLabelText("零件名称")).toHaveValue("price");
  expect(screen.queryByText("Choices")).toBeNull();
  await userEvent.type(screen.getByLabelText("零件名称"), "s");

  expect(onChange).toHaveBeenLastCalledWith([
    { name: "products", type: "list_object", parts: [{ name: "prices" }] },
  ]);
});
