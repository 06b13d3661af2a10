/** A document of a collection, opened at one of its pieces or at its beginning. */
export interface Place {
  document: string;
  chunk: number | null;
}

/** Where an address such as `/knowledge/…?document=…&chunk=…` points, or null for the collection itself. */
export function placeIn(search: URLSearchParams): Place | null {
  const document = search.get("document");
  if (!document) return null;
  const chunk = search.get("chunk") ?? "";
  return { document, chunk: /^[1-9]\d{0,17}$/.test(chunk) ? Number(chunk) : null };
}

/** The address of a document at one of its pieces. */
export function addressOf(base: string, { document, chunk }: Place): string {
  const search = new URLSearchParams({ document });
  if (chunk !== null) search.set("chunk", String(chunk));
  return `/knowledge/${encodeURIComponent(base)}?${search}`;
}
