/** Models, connected and on the server. */
import { answer, client } from "../client";
import type {
  LocalModels,
  ModelConnectionChange,
  ModelKind,
  NewLocalModel,
  NewModelConnection,
  NewModelRules,
} from "../types";

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
