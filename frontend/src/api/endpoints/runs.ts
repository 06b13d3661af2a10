/** Runs, their conversations, and what waits for a person. */
import { answer, client } from "../client";
import type {
  Conversation,
  Inbox,
  Json,
  JsonObject,
  NewFork,
  Remembered,
  Run,
  RunDetail,
  RunFilter,
  Settlement,
  UsedApps,
} from "../types";
import { upload } from "../upload";

const of = (workflow_id: string) => ({ path: { workflow_id } });

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
  /** Says what one thinks of the answer to one's own message; null takes it back. */
  rate: (run: string, body: { rating: "good" | "bad" | null; reason: string }) =>
    answer(client.PUT("/api/runs/{run_id}/rating", { params: { path: { run_id: run } }, body })),
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
