import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { ModelProvider } from "@/api/types";
import { renderApp, serve } from "@/test/renderApp";
import { ConnectDialog } from "./ConnectDialog";

const openai: ModelProvider = {
  id: "openai",
  title: "OpenAI",
  title_zh: "OpenAI",
  help: "",
  help_zh: "",
  key_page: "",
  kinds: ["chat"],
  examples: {},
  fields: [
    {
      name: "api_key",
      title: "Key",
      title_zh: "密钥",
      help: "",
      help_zh: "",
      placeholder: "",
      pattern: "",
      is_secret: true,
      is_required: true,
    },
  ],
};

const providers = [openai];

afterEach(() => vi.unstubAllGlobals());

it("names the fields that are empty and sends nothing", async () => {
  const asked = serve({});
  await renderApp(<ConnectDialog providers={providers} onClose={() => {}} />);

  await userEvent.click(await screen.findByRole("button", { name: "Test and connect" }));

  expect(screen.getByLabelText("Key")).toBeInvalid();
  expect(screen.getByLabelText("Models")).toHaveAccessibleDescription(/Please fill this in/);
  expect(asked).toEqual([]);
});

it("says in plain words why a key did not pass the test, and keeps what was typed", async () => {
  const error = { code: "model_auth", message: "401 from api.openai.com", hint: "" };
  serve({ "POST /api/models/connections": { status: 422, body: { error } } });
  const onClose = vi.fn();
  await renderApp(<ConnectDialog providers={providers} onClose={onClose} />);

  await userEvent.type(await screen.findByLabelText("Key"), "sk-wrong");
  await userEvent.type(screen.getByLabelText("Models"), "gpt-5-mini");
  await userEvent.click(screen.getByRole("button", { name: "Test and connect" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("The AI model refused our key.");
  expect(screen.getByText("401 from api.openai.com")).not.toBeVisible();
  expect(screen.getByLabelText("Key")).toHaveValue("sk-wrong");
  expect(onClose).not.toHaveBeenCalled();
});

it("closes when the model has answered", async () => {
  const asked = serve({ "POST /api/models/connections": { status: 201, body: { id: "c", name: "openai" } } });
  const onClose = vi.fn();
  await renderApp(<ConnectDialog providers={providers} onClose={onClose} />);

  await userEvent.type(await screen.findByLabelText("Key"), "sk-good");
  await userEvent.type(screen.getByLabelText("Models"), "gpt-5-mini");
  await userEvent.click(screen.getByRole("button", { name: "Test and connect" }));

  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked[0]?.body).toEqual({
    name: "openai",
    kind: "litellm",
    provider: "openai",
    fields: { api_key: "sk-good" },
    models: ["gpt-5-mini"],
    embedding_models: [],
  });
});
