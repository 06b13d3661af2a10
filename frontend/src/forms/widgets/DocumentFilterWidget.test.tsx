import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { Json, JsonObject } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import type { FieldFault } from "../schema";
import { WholeFormContext } from "../whole";
import { DocumentFilterWidget } from "./DocumentFilterWidget";

const base = (id: string, field: string) => ({
  id,
  name: id,
  description: "",
  fields: [{ name: field, kind: "text" }],
  documents: 1,
  working: 0,
  failed: 0,
  pieces: 3,
  size_bytes: 100,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
});
const limits = { file_bytes: 1, files_at_once: 1, upload_bytes: 1 };
const FORM = {
  schema: { properties: { where: { type: "array", "x-ui": { widget: "knowledge" } } } },
  value: { where: ["a"] },
};

afterEach(() => vi.unstubAllGlobals());

async function show(
  value: JsonObject | undefined,
  onChange: (value: Json | undefined) => void,
  faults: FieldFault[] = [],
) {
  serve({ "GET /api/knowledge": { body: { knowledge: [base("a", "Team"), base("b", "Place")], limits } } });
  function Held() {
    const [now, setNow] = useState<Json | undefined>(value);
    const change = (next: Json | undefined) => {
      setNow(next);
      onChange(next);
    };
    const control = { id: "f", "aria-describedby": undefined, "aria-invalid": undefined } as const;
    const rest = { label: "Only documents where", help: "", faults, isOptional: false };
    return (
      <WholeFormContext value={FORM}>
        <DocumentFilterWidget schema={{}} value={now} onChange={change} control={control} {...rest} />
      </WholeFormContext>
    );
  }
  await renderApp(<Held />);
}

it("offers the fields of the chosen collections alone, beside what every document has", async () => {
  const only = { field: "Team", operator: "is_empty", value: null, skip_empty: false };
  await show({ match: "all", conditions: [only] }, vi.fn());
  const field = await screen.findByRole("combobox", { name: "Field of condition 1" });
  await vi.waitFor(() => expect(field).toHaveTextContent("Team"));

  Element.prototype.scrollIntoView ??= () => {}; // which a list scrolls to its choice with, and jsdom has not
  field.focus();
  await userEvent.keyboard("{Enter}");

  expect(await screen.findByText("Fields of the collections")).toBeVisible();
  expect(screen.getByRole("option", { name: "Team" })).toBeVisible();
  expect(screen.getByRole("option", { name: "Added on" })).toBeVisible();
  expect(screen.queryByRole("option", { name: "Place" })).toBeNull();
});

it("takes the whole filter away with its last condition", async () => {
  const onChange = vi.fn();
  const only = { field: "kind", operator: "is_empty", value: null, skip_empty: false };
  await show({ match: "all", conditions: [only] }, onChange);

  await userEvent.click(await screen.findByRole("button", { name: "Remove condition 1" }));

  expect(onChange).toHaveBeenCalledExactlyOnceWith(undefined);
});

it("says once what conditions lack, and marks where each lacks it", async () => {
  const is = (field: string, value: string) => ({ field, operator: "is", value, skip_empty: false });
  const lacks = (i: number) => ({ path: `conditions[${i}].value`, message: "Not complete." });
  const conditions = [is("kind", ""), is("language", "en"), is("name", "")];
  await show({ match: "all", conditions }, vi.fn(), [lacks(0), lacks(2)]);

  const values = await screen.findAllByRole("textbox", { name: "Compare with" });
  expect(values.map((one) => one.getAttribute("aria-invalid"))).toEqual(["true", null, "true"]);
  expect(screen.getAllByText("Not complete.")).toHaveLength(1);
});
