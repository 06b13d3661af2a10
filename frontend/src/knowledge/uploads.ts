import { create } from "zustand";
import { knowledge } from "@/api/endpoints";
import { ApiError, asApiError, isAbort } from "@/api/errors";
import type { KnowledgeDocument, UploadLimits } from "@/api/types";

/** A file on its way to a collection. One that was stored is in the list of documents and no longer here. */
export interface Upload {
  id: number;
  base: string;
  name: string;
  state: "waiting" | "sending" | "failed";
  /** How much of it was sent, 0 to 1. */
  sent: number;
  /** Why it failed. */
  error: ApiError | null;
}

export type SendFile = (
  base: string,
  file: File,
  onSent: (part: number) => void,
  signal: AbortSignal,
) => Promise<KnowledgeDocument[]>;

interface Uploads {
  all: Upload[];
  /** Begins to send files; `onStored` hears of each that has arrived. */
  add: (
    base: string,
    files: readonly File[],
    limits: UploadLimits,
    onStored: (documents: KnowledgeDocument[]) => void,
  ) => void;
  /** Stops sending one, or puts away one that failed. */
  remove: (id: number) => void;
}

const AT_ONCE = 2;

/**
 * Files being sent, each by its own request: one that is refused stops no other, and each can be cancelled.
 * It outlives the page that began it, so that a person may look elsewhere meanwhile.
 */
export function createUploads(send: SendFile) {
  let nextId = 1;
  const stops = new Map<number, AbortController>();
  const queue: { id: number; run: () => Promise<void> }[] = [];
  let busy = 0;

  const store = create<Uploads>()((set) => {
    const change = (id: number, fields: Partial<Upload>) =>
      set(({ all }) => ({ all: all.map((each) => (each.id === id ? { ...each, ...fields } : each)) }));
    const drop = (id: number) => set(({ all }) => ({ all: all.filter((each) => each.id !== id) }));

    const work = () => {
      while (busy < AT_ONCE) {
        const next = queue.shift();
        if (!next) return;
        busy += 1;
        void next.run().finally(() => {
          busy -= 1;
          work();
        });
      }
    };

    return {
      all: [],
      add: (base, files, limits, onStored) => {
        for (const file of files) {
          const id = nextId++;
          const error = faultOf(file, limits);
          const upload: Upload = {
            id,
            base,
            name: file.name,
            state: error ? "failed" : "waiting",
            sent: 0,
            error,
          };
          set(({ all }) => ({ all: [...all, upload] }));
          if (error) continue;
          const stop = new AbortController();
          stops.set(id, stop);
          const run = async () => {
            change(id, { state: "sending" });
            try {
              const stored = await send(base, file, (sent) => change(id, { sent }), stop.signal);
              drop(id);
              onStored(stored);
            } catch (thrown) {
              if (!isAbort(thrown)) change(id, { state: "failed", error: asApiError(thrown) });
            } finally {
              stops.delete(id);
            }
          };
          queue.push({ id, run });
        }
        work();
      },
      remove: (id) => {
        stops.get(id)?.abort();
        stops.delete(id);
        const waiting = queue.findIndex((each) => each.id === id);
        if (waiting >= 0) queue.splice(waiting, 1);
        drop(id);
      },
    };
  });
  return store;
}

/** Why a file need not be sent at all, or null. What is in it only the server can tell. */
export function faultOf(file: Pick<File, "size">, limits: UploadLimits): ApiError | null {
  if (file.size === 0) return new ApiError({ code: "file_empty", message: "" });
  if (file.size > limits.file_bytes) return new ApiError({ code: "file_too_large", message: "" });
  return null;
}

export const useUploads = createUploads(knowledge.addDocument);

// Leaving the site would stop what is being sent: the browser asks first.
window.addEventListener("beforeunload", (event) => {
  if (useUploads.getState().all.some(({ state }) => state !== "failed")) event.preventDefault();
});
