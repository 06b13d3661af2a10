import type {
  ModelConnection,
  ModelConnectionChange,
  ModelField,
  ModelKind,
  ModelsPage,
  NewModelConnection,
} from "@/api/types";

/** Where models may come from: a provider, a known kind of server, or any address that speaks the OpenAI way. */
export interface ModelSource {
  id: string;
  title: { en: string; zh: string };
  help: { en: string; zh: string };
  group: "server" | "provider";
  kind: NewModelConnection["kind"];
  provider: string;
  fields: readonly ModelField[];
  kinds: readonly ModelKind[];
  examples: Partial<Record<ModelKind, string[]>>;
  keyPage: string;
  /** What the form begins with. */
  filled: Record<string, string>;
}

/** The choice beside the known servers: any address. It has no name of its own; the page gives it one. */
export const COMPATIBLE = "openai_compatible";
/** By which name a connection's models of a kind are sent. */
export const NAMES = {
  chat: "models",
  embedding: "embedding_models",
  rerank: "rerank_models",
  transcription: "transcription_models",
  speech: "speech_models",
  image: "image_models",
} as const satisfies Record<ModelKind, string>;
export const ALL_KINDS = Object.keys(NAMES) as readonly ModelKind[];
/** Those that hear, speak and draw: most connections have none, and none comes along. */
export const MEDIA_KINDS = ["transcription", "speech", "image"] as const satisfies ModelKind[];
const NO_WORDS = { en: "", zh: "" };

/** Everything that can be connected: one's own servers first, then the providers. */
export function sourcesOf(page: Pick<ModelsPage, "providers" | "presets" | "compatible">): ModelSource[] {
  const server = { help: NO_WORDS, group: "server", kind: COMPATIBLE, provider: "", keyPage: "" } as const;
  const presets = page.presets.map(
    ({ id, title, base_url, examples }): ModelSource => ({
      ...server,
      id: `preset:${id}`,
      title: { en: title, zh: title },
      fields: page.compatible,
      kinds: ALL_KINDS,
      examples,
      filled: { base_url },
    }),
  );
  const other: ModelSource = {
    ...server,
    id: COMPATIBLE,
    title: NO_WORDS,
    fields: page.compatible,
    kinds: ALL_KINDS,
    examples: {},
    filled: {},
  };
  const providers = page.providers.map(
    (each): ModelSource => ({
      id: each.id,
      title: { en: each.title, zh: each.title_zh },
      help: { en: each.help, zh: each.help_zh },
      group: "provider",
      kind: "litellm",
      provider: each.id,
      fields: each.fields,
      kinds: each.kinds,
      examples: each.examples,
      keyPage: each.key_page,
      filled: {},
    }),
  );
  return [...providers, ...presets, other];
}

/** The source that a connection was made with; one that is offered no more has the fields it keeps. */
export function sourceOf(connection: ModelConnection, sources: readonly ModelSource[]): ModelSource | null {
  const id = connection.kind === "litellm" ? connection.provider : COMPATIBLE;
  return sources.find((each) => each.id === id) ?? null;
}

type NamesOf = (typeof NAMES)[ModelKind];

/** The names of the models stand one a line. */
export interface ConnectForm extends Record<NamesOf, string> {
  source: string;
  name: string;
  /** By the names of the source's fields. */
  fields: Record<string, string>;
}

export type FieldFault = "missing" | "badName" | "badAddress" | "badForm";
/** By "name", "models", or "fields.…". */
export type FormFaults = Partial<Record<string, FieldFault>>;

export function emptyForm(source: ModelSource, taken: readonly string[] = []): ConnectForm {
  const name = freeName(nameFor(source.id), taken);
  return { source: source.id, name, fields: { ...source.filled }, ...eachKind(() => "") };
}

/** A saved connection to be changed. Its secrets stay on the server: their fields begin empty. */
export function formOf(connection: ModelConnection): ConnectForm {
  return {
    source: "",
    name: connection.name,
    fields: { ...connection.fields },
    ...eachKind((name) => connection[name].join("\n")),
  };
}

/** A connection's name proposed for a source: it becomes the first part of the model's id. */
export function nameFor(source: string): string {
  if (source === COMPATIBLE) return "server";
  const plain = source
    .replace(/^preset:/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return plain || "server";
}

function freeName(stem: string, taken: readonly string[]): string {
  let name = stem;
  for (let n = 2; taken.includes(name); n++) name = `${stem}-${n}`;
  return name;
}

/** What is wrong with the form. `kept` names secrets that the server has: they may stay empty. */
export function faultsOf(form: ConnectForm, source: ModelSource, kept: readonly string[] = []): FormFaults {
  const faults: FormFaults = {};
  if (!form.name.trim()) faults.name = "missing";
  else if (!/^[a-z][a-z0-9-]*$/.test(form.name.trim())) faults.name = "badName";
  for (const field of source.fields) {
    const value = form.fields[field.name]?.trim() ?? "";
    const fault = value
      ? badForm(field, value)
      : field.is_required && !kept.includes(field.name) && "missing";
    if (fault) faults[`fields.${field.name}`] = fault;
  }
  const named = ALL_KINDS.map((kind) => form[NAMES[kind]]);
  if (modelNames(named.join("\n")).length === 0) faults.models = "missing";
  return faults;
}

function badForm({ name, pattern }: ModelField, value: string): FieldFault | null {
  if (name === "base_url" && !isWebAddress(value)) return "badAddress";
  if (pattern && !new RegExp(`^(?:${pattern})$`).test(value)) return "badForm";
  return null;
}

/** What is sent for a new connection: only what its source asks for, and of that only what was filled in. */
export function bodyOf(form: ConnectForm, source: ModelSource): NewModelConnection {
  return {
    name: form.name.trim(),
    kind: source.kind,
    provider: source.provider,
    fields: filledFields(form, source),
    ...eachKind((name) => modelNames(form[name])),
  };
}

/** What is sent for a changed one. A secret that was not typed anew is left away, which keeps it; the rest is as typed. */
export function changeOf(form: ConnectForm, source: ModelSource): ModelConnectionChange {
  const plain = source.fields.filter((field) => !field.is_secret);
  const typed = plain.map(({ name }) => [name, form.fields[name]?.trim() ?? ""]);
  return {
    fields: { ...Object.fromEntries(typed), ...filledFields(form, source) },
    ...eachKind((name) => modelNames(form[name])),
  };
}

function filledFields(form: ConnectForm, source: ModelSource): Record<string, string> {
  const filled = source.fields.map(({ name }) => [name, form.fields[name]?.trim() ?? ""] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== ""));
}

/** All models of a connection, kind after kind. */
export const allModels = (connection: ModelConnection): string[] =>
  ALL_KINDS.flatMap((kind) => connection[NAMES[kind]]);

function eachKind<T>(make: (name: NamesOf) => T): Record<NamesOf, T> {
  return Object.fromEntries(ALL_KINDS.map((kind) => [NAMES[kind], make(NAMES[kind])])) as Record<NamesOf, T>;
}

export function modelNames(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((name) => name.trim()))].filter(Boolean);
}

/** The names with one more, each on its line. */
export const withModel = (text: string, name: string): string => modelNames(`${text}\n${name}`).join("\n");

function isWebAddress(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}
