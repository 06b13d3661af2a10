/** Apps: their drafts, sample data, publication and memories. */
import { answer, client } from "../client";
import type {
  AskedField,
  Graph,
  Language,
  NewPin,
  NodeCatalogue,
  Pins,
  PublicationChange,
  RememberedPerson,
  Shapes,
  Workflow,
} from "../types";

const of = (workflow_id: string) => ({ path: { workflow_id } });

export const catalogue = {
  nodes: (signal?: AbortSignal) =>
    answer(client.GET("/api/nodes", { signal })) as unknown as Promise<NodeCatalogue>,
  iconUrl: (type: string) => `/api/nodes/${encodeURIComponent(type)}/icon.svg`,
  templates: async (signal?: AbortSignal) =>
    (await answer(client.GET("/api/templates", { signal }))).templates,
  /** The app in which a template is tried; made when it is first asked for. */
  tryTemplate: (slug: string, language: Language, signal?: AbortSignal) =>
    answer(
      client.POST("/api/templates/try", { body: { template: slug, language }, signal }),
    ) as unknown as Promise<{ id: string; graph: Graph; shapes: Shapes }>,
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
