import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp, serve } from "@/test/renderApp";
import { ConnectDialog } from "./ConnectDialog";
import { testModels } from "./testModels";

afterEach(() => vi.unstubAllGlobals());

// What the list of choices wants of a browser and jsdom has not.
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => {};

it("names the fields that are empty and sends nothing", async () => {
  const asked = serve({});
  await renderApp(<ConnectDialog page={testModels} onClose={() => {}} />);

  await userEvent.click(await screen.findByRole("button", { name: "Test and connect" }));

  expect(screen.getByLabelText("Key")).toBeInvalid();
  expect(screen.getByLabelText("Models for replies")).toHaveAccessibleDescription(/Please fill this in/);
  expect(asked).toEqual([]);
});

it("says in plain words why a key did not pass the test, and keeps what was typed", async () => {
  const error = { code: "model_auth", message: "401 from api.openai.com", hint: "" };
  serve({ "POST /api/models/connections": { status: 422, body: { error } } });
  const onClose = vi.fn();
  await renderApp(<ConnectDialog page={testModels} onClose={onClose} />);

  await userEvent.type(await screen.findByLabelText("Key"), "sk-wrong");
  await userEvent.type(screen.getByLabelText("Models for replies"), "gpt-5-mini");
  await userEvent.click(screen.getByRole("button", { name: "Test and connect" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("The AI model refused our key.");
  expect(screen.getByText("401 from api.openai.com")).not.toBeVisible();
  expect(screen.getByLabelText("Key")).toHaveValue("sk-wrong");
  expect(onClose).not.toHaveBeenCalled();
});

it("closes when the model has answered", async () => {
  const asked = serve({ "POST /api/models/connections": { status: 201, body: { id: "c", name: "openai" } } });
  const onClose = vi.fn();
  await renderApp(<ConnectDialog page={testModels} onClose={onClose} />);

  await userEvent.type(await screen.findByLabelText("Key"), "sk-good");
  await userEvent.type(screen.getByLabelText("Models for replies"), "gpt-5-mini");
  await userEvent.click(screen.getByRole("button", { name: "Test and connect" }));

  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  expect(asked[0]?.body).toEqual({
    name: "openai",
    kind: "litellm",
    provider: "openai",
    fields: { api_key: "sk-good" },
    models: ["gpt-5-mini"],
    embedding_models: [],
    rerank_models: [],
    transcription_models: [],
    speech_models: [],
    image_models: [],
  });
});

it("draws the form that each source needs, and fills in what is known", async () => {
  serve({});
  await renderApp(<ConnectDialog page={testModels} onClose={() => {}} />);

  await userEvent.click(await screen.findByRole("combobox"));
  await userEvent.click(await screen.findByRole("option", { name: /Amazon Bedrock/ }));
  expect(screen.getByLabelText("Region")).toBeVisible();
  expect(screen.getByLabelText("Secret access key")).toHaveAttribute("type", "password");
  expect(screen.queryByLabelText(/Models for searching/)).toBeNull();

  await userEvent.click(screen.getByRole("combobox"));
  await userEvent.click(await screen.findByRole("option", { name: /Ollama/ }));
  expect(screen.getByLabelText("Address")).toHaveValue("http://localhost:11434/v1");
  await userEvent.click(screen.getByRole("button", { name: "qwen3" }));
  expect(screen.getByLabelText("Models for replies")).toHaveValue("qwen3");
});
