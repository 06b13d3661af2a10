/** What a workspace is set to, and what it kept a record of. */
import { answer, client } from "../client";
import type {
  AuditPage,
  MailServerChange,
  NewSharedInfo,
  RetentionWish,
  SharedInfo,
  SharedInfoChange,
  WorkspaceUse,
} from "../types";

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

export const mail = {
  get: (signal?: AbortSignal) => answer(client.GET("/api/mail", { signal })),
  set: (body: MailServerChange) => answer(client.PUT("/api/mail", { body })),
  remove: () => answer(client.DELETE("/api/mail")),
  test: (body: { to: string; language: string }) => answer(client.POST("/api/mail/test", { body })),
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

export const audit = {
  list: (query: { group?: string; who_id?: string; before?: number }, signal?: AbortSignal) =>
    answer(client.GET("/api/audit", { params: { query }, signal })) as Promise<AuditPage>,
};

/** What came of an app's use in the last days; with `tries` also of tries in the editor. */
export const insights = (workflow_id: string, days: number, tries: boolean, signal?: AbortSignal) =>
  answer(
    client.GET("/api/workflows/{workflow_id}/insights", {
      params: { path: { workflow_id }, query: { days, tries } },
      signal,
    }),
  );

export const usage = {
  get: (days: number, signal?: AbortSignal) =>
    answer(client.GET("/api/usage", { params: { query: { days } }, signal })) as Promise<WorkspaceUse>,
};
