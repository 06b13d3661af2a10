/** The console API, one function per endpoint. Components use these through the query cache (`queries.ts`). */
import { answer, client } from "./client";
import type {
  AskedField,
  AuditPage,
  Conversation,
  DocumentField,
  FieldValue,
  Graph,
  Inbox,
  Json,
  JsonObject,
  KnowledgeDocument,
  Language,
  LocalModels,
  MailServerChange,
  ModelConnectionChange,
  ModelKind,
  NewFork,
  NewLocalModel,
  NewModelConnection,
  NewModelRules,
  NewPerson,
  NewPin,
  NewSharedInfo,
  NodeCatalogue,
  Pins,
  PublicationChange,
  Remembered,
  RememberedPerson,
  RetentionWish,
  Role,
  Run,
  RunDetail,
  RunFilter,
  SearchQuestion,
  Settlement,
  SharedInfo,
  SharedInfoChange,
  ToolSources,
  UsedApps,
  Workflow,
  WorkspaceUse,
} from "./types";
import { upload } from "./upload";

const of = (workflow_id: string) => ({ path: { workflow_id } });

export const session = {
  get: (signal?: AbortSignal) => answer(client.GET("/api/session", { signal })),
  signIn: (email: string, password: string) =>
    answer(client.POST("/api/session", { body: { email, password } })),
  signInByLink: (token: string) => answer(client.POST("/api/session/link", { body: { token } })),
  signOut: () => answer(client.DELETE("/api/session")),
  signOutElsewhere: () => answer(client.DELETE("/api/session/others")),
  setPassword: (password: string, old_password = "") =>
    answer(client.PUT("/api/session/password", { body: { password, old_password } })),
  setEmail: (email: string, old_password = "") =>
    answer(client.PUT("/api/session/email", { body: { email, old_password } })),
  switchWorkspace: (workspace_id: string) =>
    answer(client.PUT("/api/session/workspace", { body: { workspace_id } })),
  update: (body: { name?: string; language?: Language }) => answer(client.PATCH("/api/session", { body })),
};

export const members = {
  list: async (signal?: AbortSignal) => (await answer(client.GET("/api/members", { signal }))).members,
  setRole: (member: string, role: Role) =>
    answer(
      client.PATCH("/api/members/{member_id}", { params: { path: { member_id: member } }, body: { role } }),
    ),
  remove: (member: string) =>
    answer(client.DELETE("/api/members/{member_id}", { params: { path: { member_id: member } } })),
  leave: () => answer(client.DELETE("/api/members/me")),
};

export const invites = {
  list: async (signal?: AbortSignal) => (await answer(client.GET("/api/invites", { signal }))).invites,
  create: (body: { role: Role; email: string; days: number }) =>
    answer(client.POST("/api/invites", { body })),
  withdraw: (invite: string) =>
    answer(client.DELETE("/api/invites/{invite_id}", { params: { path: { invite_id: invite } } })),
  look: (token: string) => answer(client.POST("/api/invites/look", { body: { token } })),
  accept: (token: string, person: NewPerson | null) =>
    answer(client.POST("/api/invites/accept", { body: { token, person } })),
};

export const workspace = {
  create: (name: string) => answer(client.POST("/api/workspaces", { body: { name } })),
  rename: (name: string) => answer(client.PATCH("/api/workspace", { body: { name } })),
};

export const audit = {
  list: (query: { group?: string; who_id?: string; before?: number }, signal?: AbortSignal) =>
    answer(client.GET("/api/audit", { params: { query }, signal })) as Promise<AuditPage>,
};

export const usage = {
  get: (days: number, signal?: AbortSignal) =>
    answer(client.GET("/api/usage", { params: { query: { days } }, signal })) as Promise<WorkspaceUse>,
};

export const catalogue = {
  nodes: (signal?: AbortSignal) =>
    answer(client.GET("/api/nodes", { signal })) as unknown as Promise<NodeCatalogue>,
  iconUrl: (type: string) => `/api/nodes/${encodeURIComponent(type)}/icon.svg`,
  templates: async (signal?: AbortSignal) =>
    (await answer(client.GET("/api/templates", { signal }))).templates,
};

export const workflows = {
  list: async (signal?: AbortSignal) => (await answer(client.GET("/api/workflows", { signal }))).workflows,
  /** The apps that may run as a step of the app `within`. */
  usable: async (within: string, signal?: AbortSignal) =>
    (
      await answer(
        client.GET("/api/workflows/usable", { params: { query: within ? { within } : {} }, signal }),
      )
    ).apps,
  /** What an app asks for besides the message. */
  asks: (workflow: string, version: number | null, signal?: AbortSignal) =>
    answer(
      client.GET("/api/workflows/{workflow_id}/asks", {
        params: { ...of(workflow), query: version === null ? {} : { version } },
        signal,
      }),
    ) as Promise<{ number: number; inputs: AskedField[] }>,
  /** The apps that use an app as a step. */
  users: async (workflow: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/workflows/{workflow_id}/users", { params: of(workflow), signal }))).apps,
  create: (body: { template: string; name?: string; language: Language }) =>
    answer(client.POST("/api/workflows", { body })) as Promise<Workflow>,
  get: (workflow: string, signal?: AbortSignal) =>
    answer(client.GET("/api/workflows/{workflow_id}", { params: of(workflow), signal })) as Promise<Workflow>,
  rename: (workflow: string, name: string) =>
    answer(client.PATCH("/api/workflows/{workflow_id}", { params: of(workflow), body: { name } })),
  remove: (workflow: string) =>
    answer(client.DELETE("/api/workflows/{workflow_id}", { params: of(workflow) })),
  saveDraft: (workflow: string, revision: number, graph: Graph) =>
    answer(
      client.PUT("/api/workflows/{workflow_id}/draft", {
        params: of(workflow),
        body: { revision, graph: { ...graph } },
      }),
    ),
  exportFile: (workflow: string, { withSampleData = false } = {}) =>
    answer(
      client.GET("/api/workflows/{workflow_id}/export", {
        params: { ...of(workflow), query: { with_sample_data: withSampleData } },
        parseAs: "text",
      }),
    ) as Promise<string>,
  importFile: (yaml: string) =>
    answer(
      client.POST("/api/workflows/import", {
        body: yaml,
        bodySerializer: (text) => text,
        headers: { "Content-Type": "application/yaml" },
      }),
    ) as Promise<Workflow>,
};

/** What waits for a person in this workspace, after the item with that id. */
export const inbox = (after: number | null, signal?: AbortSignal, limit?: number) =>
  answer(
    client.GET("/api/inbox", {
      params: { query: { ...(after === null ? {} : { after }), ...(limit === undefined ? {} : { limit }) } },
      signal,
    }),
  ) as Promise<Inbox>;

export const runs = {
  start: (
    workflow: string,
    body: { query: string; inputs?: Record<string, Json>; conversation_id?: string },
  ) =>
    answer(client.POST("/api/workflows/{workflow_id}/runs", { params: of(workflow), body })) as Promise<Run>,
  /** Stores a file that is to come with a message; its id is named in the inputs. */
  sendFile: (workflow: string, file: File, onSent: (part: number) => void, signal: AbortSignal) => {
    const form = new FormData();
    form.append("file", file);
    return upload<{ id: string }>(
      `/api/workflows/${encodeURIComponent(workflow)}/files`,
      form,
      onSent,
      signal,
    );
  },
  list: (workflow: string, query: { only?: RunFilter; before?: string }, signal?: AbortSignal) =>
    answer(client.GET("/api/workflows/{workflow_id}/runs", { params: { ...of(workflow), query }, signal })),
  get: (run: string, signal?: AbortSignal) =>
    answer(
      client.GET("/api/runs/{run_id}", { params: { path: { run_id: run } }, signal }),
    ) as Promise<RunDetail>,
  /** A value that is too large to stand in the run's facts. */
  value: (run: string, sha256: string, signal?: AbortSignal) =>
    answer(
      client.GET("/api/runs/{run_id}/values/{sha256}", { params: { path: { run_id: run, sha256 } }, signal }),
    ) as Promise<Json>,
  file: (run: string, file: string) => `/api/runs/${run}/files/${file}`,
  valueFile: (run: string, sha256: string) => `/api/runs/${run}/values/${sha256}?download=true`,
  usedApps: async (run: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/runs/{run_id}/workflows", { params: { path: { run_id: run } }, signal })))
      .workflows as UsedApps,
  cancel: (run: string) =>
    answer(client.POST("/api/runs/{run_id}/cancel", { params: { path: { run_id: run } } })) as Promise<Run>,
  pause: (run: string) =>
    answer(client.POST("/api/runs/{run_id}/pause", { params: { path: { run_id: run } } })) as Promise<Run>,
  /** Begins a new run that goes on from a step of one that has ended. */
  fork: (run: string, body: NewFork) =>
    answer(
      client.POST("/api/runs/{run_id}/fork", { params: { path: { run_id: run } }, body }),
    ) as Promise<Run>,
  /** Lets a paused run go on. */
  resume: (run: string) =>
    answer(client.POST("/api/runs/{run_id}/resume", { params: { path: { run_id: run } } })) as Promise<Run>,
  /** Answers a step that asks a person. */
  answer: (run: string, body: { path: string; action: string; fields: Record<string, Json> }) =>
    answer(
      client.POST("/api/runs/{run_id}/answer", { params: { path: { run_id: run } }, body }),
    ) as Promise<Run>,
  /** An address where one question may be answered once, without an account. */
  answerLink: (run: string, path: string) =>
    answer(
      client.POST("/api/runs/{run_id}/answer-link", {
        params: { path: { run_id: run } },
        body: { path, hours: 168 },
      }),
    ),
  /** The address that another service may call for a step that waits for it. */
  callback: (run: string, path: string) =>
    answer(client.POST("/api/runs/{run_id}/callback", { params: { path: { run_id: run } }, body: { path } })),
  /** Says what became of a step that was cut off. */
  settle: (run: string, body: { path: string; action: Settlement; output?: JsonObject }) =>
    answer(
      client.POST("/api/runs/{run_id}/settle", { params: { path: { run_id: run } }, body }),
    ) as Promise<Run>,
  conversation: (conversation: string, signal?: AbortSignal): Promise<Conversation> =>
    answer(
      client.GET("/api/conversations/{conversation_id}", {
        params: { path: { conversation_id: conversation } },
        signal,
      }),
    ),
  /** What a conversation remembers beside its messages. */
  remembered: (conversation: string, signal?: AbortSignal) =>
    answer(
      client.GET("/api/conversations/{conversation_id}/variables", {
        params: { path: { conversation_id: conversation } },
        signal,
      }),
    ) as Promise<Remembered>,
  /** Forgets all of it, or one piece. */
  forget: (conversation: string, name?: string) =>
    answer(
      client.DELETE("/api/conversations/{conversation_id}/variables", {
        params: { path: { conversation_id: conversation }, query: name === undefined ? {} : { name } },
      }),
    ) as Promise<Remembered>,
};

/** Results that a person keeps as sample data: drafts that are tried use them instead of running those steps. */
export const pins = {
  list: async (workflow: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/workflows/{workflow_id}/pins", { params: of(workflow), signal })))
      .pins as Pins,
  keep: (workflow: string, step: string, body: NewPin) =>
    answer(
      client.PUT("/api/workflows/{workflow_id}/pins/{node_id}", {
        params: { path: { workflow_id: workflow, node_id: step } },
        body,
      }),
    ),
  remove: (workflow: string, step: string) =>
    answer(
      client.DELETE("/api/workflows/{workflow_id}/pins/{node_id}", {
        params: { path: { workflow_id: workflow, node_id: step } },
      }),
    ),
};

export const publishing = {
  publish: (workflow: string, note = "") =>
    answer(client.POST("/api/workflows/{workflow_id}/publish", { params: of(workflow), body: { note } })),
  get: (workflow: string, signal?: AbortSignal) =>
    answer(client.GET("/api/workflows/{workflow_id}/publication", { params: of(workflow), signal })),
  update: (workflow: string, body: PublicationChange) =>
    answer(client.PATCH("/api/workflows/{workflow_id}/publication", { params: of(workflow), body })),
  keys: async (workflow: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/workflows/{workflow_id}/keys", { params: of(workflow), signal }))).keys,
  createKey: (workflow: string, name: string) =>
    answer(client.POST("/api/workflows/{workflow_id}/keys", { params: of(workflow), body: { name } })),
  revokeKey: (workflow: string, key: string) =>
    answer(
      client.DELETE("/api/workflows/{workflow_id}/keys/{key_id}", {
        params: { path: { workflow_id: workflow, key_id: key } },
      }),
    ),
  versions: async (workflow: string, signal?: AbortSignal) =>
    (await answer(client.GET("/api/workflows/{workflow_id}/versions", { params: of(workflow), signal })))
      .versions,
  version: (workflow: string, number: number, signal?: AbortSignal) =>
    answer(
      client.GET("/api/workflows/{workflow_id}/versions/{number}", {
        params: { path: { workflow_id: workflow, number } },
        signal,
      }),
    ) as Promise<{ number: number; graph: Graph }>,
  restore: (workflow: string, number: number) =>
    answer(
      client.POST("/api/workflows/{workflow_id}/versions/{number}/restore", {
        params: { path: { workflow_id: workflow, number } },
      }),
    ) as Promise<Workflow>,
};

export const environment = {
  list: (signal?: AbortSignal) =>
    answer(client.GET("/api/environment", { signal })) as Promise<{ variables: SharedInfo[] }>,
  add: (body: NewSharedInfo) => answer(client.POST("/api/environment", { body })),
  change: (variable: string, body: SharedInfoChange) =>
    answer(
      client.PUT("/api/environment/{variable_id}", { params: { path: { variable_id: variable } }, body }),
    ),
  remove: (variable: string) =>
    answer(client.DELETE("/api/environment/{variable_id}", { params: { path: { variable_id: variable } } })),
};

export const retention = {
  get: (signal?: AbortSignal) => answer(client.GET("/api/retention", { signal })),
  set: (body: RetentionWish) => answer(client.PUT("/api/retention", { body })),
  /** What would go if that were wanted; what is wanted now, if nothing is given. */
  preview: (wish: Partial<RetentionWish>, signal?: AbortSignal) =>
    answer(client.GET("/api/retention/preview", { params: { query: wish }, signal })),
  run: () => answer(client.POST("/api/retention/run")),
  cancel: () => answer(client.POST("/api/retention/cancel")),
};

/** What an app remembers about the people it talks to. */
export const memories = {
  people: (workflow: string, signal?: AbortSignal) =>
    answer(
      client.GET("/api/workflows/{workflow_id}/memories/people", {
        params: { path: { workflow_id: workflow } },
        signal,
      }),
    ),
  of: (workflow: string, person: Pick<RememberedPerson, "audience" | "ref">, signal?: AbortSignal) =>
    answer(
      client.GET("/api/workflows/{workflow_id}/memories", {
        params: {
          path: { workflow_id: workflow },
          query: { audience: person.audience, ref: person.ref },
        },
        signal,
      }),
    ),
  forgetAll: (workflow: string, person: Pick<RememberedPerson, "audience" | "ref">) =>
    answer(
      client.DELETE("/api/workflows/{workflow_id}/memories", {
        params: {
          path: { workflow_id: workflow },
          query: { audience: person.audience, ref: person.ref },
        },
      }),
    ),
  forget: (workflow: string, memory: string) =>
    answer(
      client.DELETE("/api/workflows/{workflow_id}/memories/{memory_id}", {
        params: { path: { workflow_id: workflow, memory_id: memory } },
      }),
    ),
};

export const mail = {
  get: (signal?: AbortSignal) => answer(client.GET("/api/mail", { signal })),
  set: (body: MailServerChange) => answer(client.PUT("/api/mail", { body })),
  remove: () => answer(client.DELETE("/api/mail")),
  test: (body: { to: string; language: string }) => answer(client.POST("/api/mail/test", { body })),
};

export const secrets = {
  list: (signal?: AbortSignal) => answer(client.GET("/api/secrets", { signal })),
  add: (body: { name: string; value: string; hosts: string[] }) =>
    answer(client.POST("/api/secrets", { body })),
  replace: (secret: string, body: { value: string | null; hosts: string[] }) =>
    answer(client.PUT("/api/secrets/{secret_id}", { params: { path: { secret_id: secret } }, body })),
  test: (secret: string) =>
    answer(client.POST("/api/secrets/{secret_id}/test", { params: { path: { secret_id: secret } } })),
  remove: (secret: string) =>
    answer(client.DELETE("/api/secrets/{secret_id}", { params: { path: { secret_id: secret } } })),
};

export const toolSources = {
  list: (signal?: AbortSignal) => answer(client.GET("/api/tools", { signal })) as Promise<ToolSources>,
};

export const models = {
  list: (signal?: AbortSignal) => answer(client.GET("/api/models", { signal })),
  connect: (body: NewModelConnection) => answer(client.POST("/api/models/connections", { body })),
  disconnect: (connection: string) =>
    answer(
      client.DELETE("/api/models/connections/{connection_id}", {
        params: { path: { connection_id: connection } },
      }),
    ),
  change: (connection: string, body: ModelConnectionChange) =>
    answer(
      client.PATCH("/api/models/connections/{connection_id}", {
        params: { path: { connection_id: connection } },
        body,
      }),
    ),
  setDefault: (model: string, kind: ModelKind) =>
    answer(client.PUT("/api/models/default", { body: { model, kind } })),
  setRules: (body: NewModelRules) => answer(client.PUT("/api/models/rules", { body })),
  /** Has a worker ask the model twenty questions that need tools; `list` tells how far it is. */
  checkTools: (model: string) => answer(client.POST("/api/models/tools/check", { body: { model } })),
  cancelToolsCheck: (model: string) => answer(client.POST("/api/models/tools/cancel", { body: { model } })),
  /** Asks a model, or one of each kind of a connection, for real; throws what went wrong. */
  test: (what: { model: string } | { connection: string }) =>
    answer(client.POST("/api/models/test", { body: { model: "", ...what } })),
};

const ofFile = (slug: string) => ({ params: { path: { slug } } });

/** Model files on the server. */
export const localModels = {
  list: (signal?: AbortSignal) =>
    answer(client.GET("/api/models/local", { signal })) as unknown as Promise<LocalModels>,
  add: (body: NewLocalModel) => answer(client.POST("/api/models/local", { body })),
  /** Fetches one, goes on with one that was paused, or tries a failed one again. */
  download: (slug: string) => answer(client.POST("/api/models/local/{slug}/download", ofFile(slug))),
  pause: (slug: string) => answer(client.POST("/api/models/local/{slug}/cancel", ofFile(slug))),
  remove: (slug: string) => answer(client.DELETE("/api/models/local/{slug}", ofFile(slug))),
};

const inBase = (knowledge_id: string) => ({ path: { knowledge_id } });
const inDocument = (knowledge_id: string, document_id: string) => ({ path: { knowledge_id, document_id } });

export const knowledge = {
  list: (signal?: AbortSignal) => answer(client.GET("/api/knowledge", { signal })),
  create: (body: { name: string; description?: string }) =>
    answer(client.POST("/api/knowledge", { body: { description: "", ...body } })),
  get: (base: string, signal?: AbortSignal) =>
    answer(client.GET("/api/knowledge/{knowledge_id}", { params: inBase(base), signal })),
  change: (base: string, body: { name?: string; description?: string }) =>
    answer(client.PATCH("/api/knowledge/{knowledge_id}", { params: inBase(base), body })),
  remove: (base: string) => answer(client.DELETE("/api/knowledge/{knowledge_id}", { params: inBase(base) })),
  addField: (base: string, body: DocumentField) =>
    answer(client.POST("/api/knowledge/{knowledge_id}/fields", { params: inBase(base), body })),
  removeField: (base: string, name: string) =>
    answer(
      client.DELETE("/api/knowledge/{knowledge_id}/fields/{field}", {
        params: { path: { knowledge_id: base, field: name } },
      }),
    ),
  setValues: (base: string, body: { documents: string[]; values: Record<string, FieldValue> }) =>
    answer(client.PATCH("/api/knowledge/{knowledge_id}/documents", { params: inBase(base), body })),
  documents: async (base: string, page: { limit: number; offset: number }, signal?: AbortSignal) =>
    (
      await answer(
        client.GET("/api/knowledge/{knowledge_id}/documents", {
          params: { ...inBase(base), query: page },
          signal,
        }),
      )
    ).documents,
  /** Sends one file; `onSent` hears how much of it is there, from 0 to 1. */
  addDocument: async (base: string, file: File, onSent: (part: number) => void, signal: AbortSignal) => {
    const form = new FormData();
    form.append("files", file);
    const path = `/api/knowledge/${encodeURIComponent(base)}/documents`;
    const { documents } = await upload<{ documents: KnowledgeDocument[] }>(path, form, onSent, signal);
    return documents;
  },
  removeDocument: (base: string, document: string) =>
    answer(
      client.DELETE("/api/knowledge/{knowledge_id}/documents/{document_id}", {
        params: inDocument(base, document),
      }),
    ),
  retryDocument: (base: string, document: string) =>
    answer(
      client.POST("/api/knowledge/{knowledge_id}/documents/{document_id}/retry", {
        params: inDocument(base, document),
      }),
    ),
  chunks: (
    base: string,
    document: string,
    query: { around?: number; start?: number; limit?: number },
    signal?: AbortSignal,
  ) =>
    answer(
      client.GET("/api/knowledge/{knowledge_id}/documents/{document_id}/chunks", {
        params: { ...inDocument(base, document), query },
        signal,
      }),
    ),
  search: (base: string, asked: Omit<SearchQuestion, "minimum">) =>
    answer(
      client.POST("/api/knowledge/{knowledge_id}/search", {
        params: inBase(base),
        body: { minimum: 0, ...asked },
      }),
    ),
};
