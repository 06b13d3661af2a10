import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { Json, JsonSchema } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { KnowledgeWidget } from "./KnowledgeWidget";

const base = (id: string, name: string, documents = 1) => ({
  id,
  name,
  description: "",
  documents,
  working: 0,
  failed: 0,
  pieces: 3,
  size_bytes: 100,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
});
const limits = { file_bytes: 1, files_at_once: 1, upload_bytes: 1 };
const SEVERAL: JsonSchema = { type: "array", items: { type: "string" } };
const ONE: JsonSchema = { type: "string" };

afterEach(() => vi.unstubAllGlobals());

async function show(schema: JsonSchema, value: Json, onChange: (value: Json | undefined) => void) {
  function Held() {
    const [now, setNow] = useState<Json | undefined>(value);
    const change = (next: Json | undefined) => {
      setNow(next);
      onChange(next);
    };
    const control = { id: "k", "aria-describedby": undefined, "aria-invalid": undefined } as const;
    const rest = { label: "Where to look", help: "", faults: [], isOptional: false };
    return <KnowledgeWidget schema={schema} value={now} onChange={change} control={control} {...rest} />;
  }
  await renderApp(<Held />);
}

const serveTwo = () =>
  serve({
    "GET /api/knowledge": { body: { knowledge: [base("a", "Returns"), base("b", "Delivery", 0)], limits } },
    "POST /api/knowledge": (body) => ({ status: 201, body: base("c", (body as { name: string }).name, 0) }),
  });

it("picks several, and takes one away again", async () => {
  serveTwo();
  const onChange = vi.fn();
  await show(SEVERAL, ["a"], onChange);

  await userEvent.click(await screen.findByRole("checkbox", { name: /Delivery/ }));
  await userEvent.click(screen.getByRole("checkbox", { name: /Returns/ }));

  expect(onChange.mock.calls).toEqual([[["a", "b"]], [["b"]]]);
});

it("picks one where the setting is a single text", async () => {
  serveTwo();
  const onChange = vi.fn();
  await show(ONE, "a", onChange);

  await userEvent.click(await screen.findByRole("radio", { name: /Delivery/ }));

  expect(onChange).toHaveBeenCalledExactlyOnceWith("b");
});

it("makes a new collection and picks it, with Enter alone", async () => {
  const asked = serveTwo();
  const onChange = vi.fn();
  await show(SEVERAL, ["a"], onChange);

  await userEvent.click(await screen.findByRole("button", { name: "New collection" }));
  await userEvent.keyboard("Opening hours{Enter}");

  expect(await screen.findByRole("checkbox", { name: /Opening hours/ })).toBeChecked();
  expect(onChange).toHaveBeenCalledExactlyOnceWith(["a", "c"]);
  expect(asked.at(-1)?.body).toMatchObject({ name: "Opening hours" });
  expect(screen.getByRole("link", { name: /Opening hours/ })).toHaveAttribute("href", "/knowledge/c");
});

it("shows one that was deleted, so that it can be taken out", async () => {
  serveTwo();
  const onChange = vi.fn();
  await show(SEVERAL, ["x"], onChange);

  await userEvent.click(await screen.findByRole("checkbox", { name: /not here any more/ }));

  expect(onChange).toHaveBeenCalledExactlyOnceWith([]);
});
