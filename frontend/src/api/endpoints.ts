/** The console API, one function per endpoint. Components use these through the query cache (`queries.ts`). */
import { call, callText } from "./call";
import type {
  ApiKey,
  Conversation,
  Graph,
  Json,
  ModelConnection,
  ModelsPage,
  NodeCatalogue,
  Publication,
  Published,
  Run,
  RunDetail,
  SavedDraft,
  Session,
  Template,
  Version,
  Workflow,
  WorkflowSummary,
} from "./types";

const id = encodeURIComponent;

export const session = {
  get: (signal?: AbortSignal) => call<Session>("GET", "/api/session", { signal }),
  signIn: (email: string, password: string) =>
    call<Session>("POST", "/api/session", { body: { email, password } }),
  signInByLink: (token: string) => call<Session>("POST", "/api/session/link", { body: { token } }),
  signOut: () => call<void>("DELETE", "/api/session"),
  setPassword: (password: string) => call<void>("PUT", "/api/session/password", { body: { password } }),
  update: (change: { name?: string; language?: string }) =>
    call<Session>("PATCH", "/api/session", { body: change }),
};

export const catalogue = {
  nodes: (signal?: AbortSignal) => call<NodeCatalogue>("GET", "/api/nodes", { signal }),
  iconUrl: (type: string) => `/api/nodes/${id(type)}/icon.svg`,
  templates: async (signal?: AbortSignal) =>
    (await call<{ templates: Template[] }>("GET", "/api/templates", { signal })).templates,
};

export const workflows = {
  list: async (signal?: AbortSignal) =>
    (await call<{ workflows: WorkflowSummary[] }>("GET", "/api/workflows", { signal })).workflows,
  create: (body: { template: string; name?: string; language?: string }) =>
    call<Workflow>("POST", "/api/workflows", { body }),
  get: (workflow: string, signal?: AbortSignal) =>
    call<Workflow>("GET", `/api/workflows/${id(workflow)}`, { signal }),
  rename: (workflow: string, name: string) =>
    call<Workflow>("PATCH", `/api/workflows/${id(workflow)}`, { body: { name } }),
  remove: (workflow: string) => call<void>("DELETE", `/api/workflows/${id(workflow)}`),
  saveDraft: (workflow: string, revision: number, graph: Graph) =>
    call<SavedDraft>("PUT", `/api/workflows/${id(workflow)}/draft`, { body: { revision, graph } }),
  exportFile: (workflow: string) => callText("GET", `/api/workflows/${id(workflow)}/export`),
  importFile: (yaml: string) =>
    call<Workflow>("POST", "/api/workflows/import", {
      text: { content: yaml, type: "application/yaml" },
    }),
};

export const runs = {
  start: (
    workflow: string,
    body: { query: string; inputs?: Record<string, Json>; conversation_id?: string },
  ) => call<Run>("POST", `/api/workflows/${id(workflow)}/runs`, { body }),
  list: (workflow: string, limit = 20, signal?: AbortSignal) =>
    call<{ runs: Run[] }>("GET", `/api/workflows/${id(workflow)}/runs?limit=${limit}`, { signal }),
  get: (run: string, signal?: AbortSignal) => call<RunDetail>("GET", `/api/runs/${id(run)}`, { signal }),
  cancel: (run: string) => call<Run>("POST", `/api/runs/${id(run)}/cancel`),
  conversation: (conversation: string, signal?: AbortSignal) =>
    call<Conversation>("GET", `/api/conversations/${id(conversation)}`, { signal }),
};

export const publishing = {
  publish: (workflow: string, note?: string) =>
    call<Published>("POST", `/api/workflows/${id(workflow)}/publish`, { body: note ? { note } : {} }),
  get: (workflow: string, signal?: AbortSignal) =>
    call<Publication>("GET", `/api/workflows/${id(workflow)}/publication`, { signal }),
  update: (
    workflow: string,
    change: {
      slug?: string;
      is_enabled?: boolean;
      allow_system_text?: boolean;
      suggestions?: string[];
    } & Partial<Publication["limits"]>,
  ) => call<Publication>("PATCH", `/api/workflows/${id(workflow)}/publication`, { body: change }),
  keys: async (workflow: string, signal?: AbortSignal) =>
    (await call<{ keys: ApiKey[] }>("GET", `/api/workflows/${id(workflow)}/keys`, { signal })).keys,
  createKey: (workflow: string, name: string) =>
    call<{ key: ApiKey; api_key: string }>("POST", `/api/workflows/${id(workflow)}/keys`, { body: { name } }),
  revokeKey: (workflow: string, key: string) =>
    call<void>("DELETE", `/api/workflows/${id(workflow)}/keys/${id(key)}`),
  versions: async (workflow: string, signal?: AbortSignal) =>
    (await call<{ versions: Version[] }>("GET", `/api/workflows/${id(workflow)}/versions`, { signal }))
      .versions,
  restore: (workflow: string, number: number) =>
    call<Workflow>("POST", `/api/workflows/${id(workflow)}/versions/${number}/restore`),
};

export const models = {
  list: (signal?: AbortSignal) => call<ModelsPage>("GET", "/api/models", { signal }),
  connect: (body: {
    name: string;
    kind: ModelConnection["kind"];
    provider?: string;
    base_url?: string;
    api_key?: string;
    models: string[];
  }) => call<ModelConnection>("POST", "/api/models/connections", { body }),
  disconnect: (connection: string) => call<void>("DELETE", `/api/models/connections/${id(connection)}`),
  setDefault: (model: string) => call<void>("PUT", "/api/models/default", { body: { model } }),
};
