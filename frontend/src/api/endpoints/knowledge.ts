/** Collections of documents. */
import { answer, client } from "../client";
import type { DocumentField, FieldValue, KnowledgeDocument, SearchQuestion } from "../types";
import { upload } from "../upload";

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
