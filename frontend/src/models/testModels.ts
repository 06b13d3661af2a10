import type { ModelField, ModelsPage } from "@/api/types";

const field = (name: string, more: Partial<ModelField> = {}): ModelField => ({
  name,
  title: name,
  title_zh: name,
  help: "",
  help_zh: "",
  placeholder: "",
  pattern: "",
  is_secret: false,
  is_required: true,
  ...more,
});
const key = field("api_key", { title: "Key", is_secret: true });
const address = field("base_url", { title: "Address" });
const words = { title_zh: "", help: "", help_zh: "", key_page: "" };

/** What may be connected, for tests: a provider, one that needs more, a known server. */
export const testModels: Pick<ModelsPage, "providers" | "presets" | "compatible" | "connections"> = {
  connections: [],
  compatible: [address, { ...key, is_required: false }],
  presets: [
    { id: "ollama", title: "Ollama", base_url: "http://localhost:11434/v1", examples: { chat: ["qwen3"] } },
  ],
  providers: [
    {
      ...words,
      id: "openai",
      title: "OpenAI",
      kinds: ["chat", "embedding"],
      examples: { chat: ["gpt-5-mini"], embedding: ["text-embedding-3-small"] },
      fields: [key],
    },
    {
      ...words,
      id: "bedrock",
      title: "Amazon Bedrock",
      kinds: ["chat"],
      examples: {},
      fields: [
        field("aws_secret_access_key", { title: "Secret access key", is_secret: true }),
        field("aws_region_name", { title: "Region", pattern: "[a-z]{2,4}(-[a-z]{3,12}){1,2}-[0-9]{1,2}" }),
      ],
    },
  ],
};
