import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import type { Json, JsonObject } from "@/api/types";
import { renderApp } from "@/test/renderApp";
import { SchemaForm } from "../SchemaForm";

const schema = {
  type: "object",
  properties: { given: { type: "object", title: "What goes in", "x-ui": { widget: "key-value" } } },
};

async function show(value: JsonObject) {
  const onChange = vi.fn();
  function Held() {
    const [now, setNow] = useState<JsonObject>({ given: value });
    const change = (_: string, next: Json | undefined) => {
      setNow({ given: next ?? null });
      onChange(next);
    };
    return <SchemaForm id="f" schema={schema} value={now} onChange={change} />;
  }
  await renderApp(<Held />);
  return onChange;
}

it("keeps values that are no texts while others are changed", async () => {
  const onChange = await show({ most: 3, all: [1, 2], text: "" });

  expect(await screen.findByLabelText("What goes in 1: Value")).toHaveTextContent("3");
  expect(await screen.findByLabelText("What goes in 2: Value")).toHaveTextContent("[1,2]");
  await userEvent.type(screen.getByLabelText("What goes in 3: Name"), "s");

  expect(onChange).toHaveBeenLastCalledWith({ most: 3, all: [1, 2], texts: "" });
});

it("shows information from earlier steps as chips, not as it is written in files", async () => {
  await show({ text: "{{ start_1.query }}" });

  expect(await screen.findByLabelText("What goes in 1: Value")).not.toHaveTextContent("{{");
});
