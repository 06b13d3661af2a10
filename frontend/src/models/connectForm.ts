import type { ModelProvider, NewModelConnection } from "@/api/types";

/** The choice beside the providers: any server that speaks the OpenAI way. */
export const COMPATIBLE = "openai_compatible";

export interface ConnectForm {
  provider: string;
  name: string;
  base_url: string;
  api_key: string;
  /** One model a line. */
  models: string;
}

export type FieldFault = "missing" | "badName" | "badAddress";
export type FormFaults = Partial<Record<keyof ConnectForm, FieldFault>>;

export function emptyForm(providers: ModelProvider[]): ConnectForm {
  const provider = providers[0]?.id ?? COMPATIBLE;
  return { provider, name: nameFor(provider), base_url: "", api_key: "", models: "" };
}

/** A connection's name proposed for a provider: it becomes the first part of the model's id. */
export function nameFor(provider: string): string {
  return provider === COMPATIBLE ? "local" : provider.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** What a form for this provider asks for, and whether it must be filled in. */
export function asksFor(provider: ModelProvider | undefined): {
  address: "no" | "yes";
  key: "optional" | "yes" | "no";
} {
  if (!provider) return { address: "yes", key: "optional" };
  const field = (name: string) => provider.fields.find((one) => one.name === name);
  const key = field("api_key");
  return {
    address: field("base_url")?.is_required ? "yes" : "no",
    key: key ? (key.is_required ? "yes" : "optional") : "no",
  };
}

export function faultsOf(form: ConnectForm, provider: ModelProvider | undefined): FormFaults {
  const asks = asksFor(provider);
  const faults: FormFaults = {};
  if (!form.name.trim()) faults.name = "missing";
  else if (!/^[a-z][a-z0-9-]*$/.test(form.name.trim())) faults.name = "badName";
  if (asks.address === "yes") {
    if (!form.base_url.trim()) faults.base_url = "missing";
    else if (!isWebAddress(form.base_url.trim())) faults.base_url = "badAddress";
  }
  if (asks.key === "yes" && !form.api_key.trim()) faults.api_key = "missing";
  if (modelNames(form.models).length === 0) faults.models = "missing";
  return faults;
}

/** What is sent: only what this provider asks for. */
export function bodyOf(form: ConnectForm, provider: ModelProvider | undefined): NewModelConnection {
  const asks = asksFor(provider);
  return {
    name: form.name.trim(),
    kind: provider ? "litellm" : "openai_compatible",
    provider: provider?.id ?? "",
    fields: {
      ...(asks.address === "yes" && { base_url: form.base_url.trim() }),
      ...(asks.key !== "no" && { api_key: form.api_key.trim() }),
    },
    models: modelNames(form.models),
    embedding_models: [],
  };
}

function modelNames(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((name) => name.trim()))].filter(Boolean);
}

function isWebAddress(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}
