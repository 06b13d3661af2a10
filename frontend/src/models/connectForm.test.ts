import { expect, it } from "vitest";
import type { ModelConnection } from "@/api/types";
import {
  bodyOf,
  changeOf,
  emptyForm,
  faultsOf,
  formOf,
  type ModelSource,
  nameFor,
  sourceOf,
  sourcesOf,
} from "./connectForm";
import { testModels } from "./testModels";

const sources = sourcesOf(testModels);
const get = (id: string) => sources.find((each) => each.id === id) as ModelSource;
const connection: ModelConnection = {
  id: "c",
  name: "ollama",
  kind: "openai_compatible",
  provider: "",
  base_url: "http://localhost:11434/v1",
  fields: { base_url: "http://localhost:11434/v1" },
  filled: ["api_key"],
  models: ["qwen3"],
  embedding_models: [],
  rerank_models: [],
  transcription_models: [],
  speech_models: [],
  image_models: [],
  is_ready: true,
};

it("asks for what each source needs, in the form it has", () => {
  const bedrock = get("bedrock");
  const form = emptyForm(bedrock);

  expect(faultsOf(form, bedrock)).toEqual({
    "fields.aws_secret_access_key": "missing",
    "fields.aws_region_name": "missing",
    models: "missing",
  });
  const fields = { aws_secret_access_key: "s", aws_region_name: "Frankfurt" };
  expect(faultsOf({ ...form, fields, models: "m" }, bedrock)).toEqual({
    "fields.aws_region_name": "badForm",
  });
  fields.aws_region_name = "eu-central-1";
  expect(faultsOf({ ...form, fields, models: "m" }, bedrock)).toEqual({});
});

it("a known server comes with its address filled in", () => {
  const form = emptyForm(get("preset:ollama"));

  expect(form).toMatchObject({ name: "ollama", fields: { base_url: "http://localhost:11434/v1" } });
  expect(faultsOf({ ...form, embedding_models: "nomic-embed-text" }, get("preset:ollama"))).toEqual({});
  expect(faultsOf({ ...form, rerank_models: "bge-reranker" }, get("preset:ollama"))).toEqual({});
});

it("another address must be one", () => {
  const source = get("openai_compatible");
  const form = { ...emptyForm(source), models: "m" };

  expect(faultsOf(form, source)).toEqual({ "fields.base_url": "missing" });
  const at = (base_url: string) => faultsOf({ ...form, fields: { base_url } }, source);
  expect(at("localhost:8080")).toEqual({ "fields.base_url": "badAddress" });
  expect(at("http://localhost:8080/v1")).toEqual({});
});

it("sends only what was asked for and filled in, each model once", () => {
  const form = {
    ...emptyForm(get("openai")),
    fields: { api_key: " k ", base_url: "x" },
    models: "a\nb, a\n",
  };

  expect(bodyOf(form, get("openai"))).toEqual({
    name: "openai",
    kind: "litellm",
    provider: "openai",
    fields: { api_key: "k" },
    models: ["a", "b"],
    embedding_models: [],
    rerank_models: [],
    transcription_models: [],
    speech_models: [],
    image_models: [],
  });
});

it("a changed connection keeps the key that was not typed again", () => {
  const source = sourceOf(connection, sources) as ModelSource;
  const form = formOf(connection);

  expect(faultsOf(form, source, connection.filled)).toEqual({});
  expect(changeOf(form, source)).toEqual({
    fields: { base_url: "http://localhost:11434/v1" },
    models: ["qwen3"],
    embedding_models: [],
    rerank_models: [],
    transcription_models: [],
    speech_models: [],
    image_models: [],
  });
  expect(changeOf({ ...form, fields: { ...form.fields, api_key: "new" } }, source).fields).toMatchObject({
    api_key: "new",
  });
});

it("proposes names that can be used and are not taken", () => {
  expect(nameFor("Azure AI")).toBe("azure-ai");
  expect(nameFor("openai_compatible")).toBe("server");
  expect(emptyForm(get("openai"), ["openai", "openai-2"]).name).toBe("openai-3");
  expect(faultsOf({ ...emptyForm(get("openai")), name: "My Shop" }, get("openai")).name).toBe("badName");
});
