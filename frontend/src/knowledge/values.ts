import type { FieldValue, KnowledgeDocument } from "@/api/types";

/** What the documents have in a field if it is the same in all of them; `differs` where it is not. */
export function shared(
  documents: KnowledgeDocument[],
  name: string,
): { value: FieldValue; differs: boolean } {
  const values = new Set(documents.map((document) => document.values[name] ?? null));
  const [value = null] = values;
  return values.size === 1 ? { value, differs: false } : { value: null, differs: values.size > 1 };
}
