import { expect, it } from "vitest";
import type { ModelProvider } from "@/api/types";
import { bodyOf, emptyForm, faultsOf, nameFor } from "./connectForm";

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

it("asks a provider's form for what the provider needs", () => {
  const form = emptyForm([openai]);

  expect(faultsOf(form, openai)).toEqual({ api_key: "missing", models: "missing" });
  expect(faultsOf({ ...form, api_key: "k", models: "gpt-5-mini" }, openai)).toEqual({});
});

it("asks for a web address when the model comes from another address", () => {
  const form = { ...emptyForm([]), models: "m" };

  expect(faultsOf(form, undefined)).toEqual({ base_url: "missing" });
  expect(faultsOf({ ...form, base_url: "localhost:8080" }, undefined)).toEqual({ base_url: "badAddress" });
  expect(faultsOf({ ...form, base_url: "http://localhost:8080/v1" }, undefined)).toEqual({});
});

it("sends only what was asked for, each model once", () => {
  const form = {
    provider: "openai",
    name: "shop ".trim(),
    base_url: "http://x",
    api_key: " k ",
    models: "a\nb, a\n",
  };

  expect(bodyOf(form, openai)).toEqual({
    name: "shop",
    kind: "litellm",
    provider: "openai",
    fields: { api_key: "k" },
    models: ["a", "b"],
    embedding_models: [],
  });
});

it("proposes names that can be used", () => {
  expect(nameFor("Azure AI")).toBe("azure-ai");
  expect(faultsOf({ ...emptyForm([]), name: "My Shop" }, openai).name).toBe("badName");
});
