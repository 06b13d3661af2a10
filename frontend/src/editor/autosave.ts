/** Saves the draft by itself: soon after the last change, one save at a time, and never over someone else's work. */

import { createStore } from "zustand/vanilla";
import { ApiError } from "@/api/errors";
import type { Graph, SavedDraft, Workflow } from "@/api/types";
import type { EditorStore } from "./store";

export type Theirs = Pick<Workflow, "graph" | "revision" | "shapes" | "problems">;

export type SaveState =
  | { readonly kind: "saved" | "saving" | "waiting" | "offline" }
  /** The server cannot take this draft; the reason is in words. */
  | { readonly kind: "refused"; readonly error: ApiError }
  /** Someone else saved meanwhile. Nothing is saved until the person has chosen. */
  | { readonly kind: "conflict"; readonly theirs: Theirs };

export interface Backup {
  readonly revision: number;
  readonly graph: Graph;
}

export interface AutosaveParts {
  store: EditorStore;
  save: (revision: number, graph: Graph) => Promise<SavedDraft>;
  /** Keeps an unsaved draft on this computer; null when there is nothing left to keep. */
  keep: (backup: Backup | null) => void;
  onSaved?: (answer: SavedDraft, graph: Graph) => void;
  delayMs?: number;
  retryMs?: number;
}

export type Autosave = ReturnType<typeof createAutosave>;

export function createAutosave({
  store,
  save,
  keep,
  onSaved,
  delayMs = 700,
  retryMs = 5_000,
}: AutosaveParts) {
  const state = createStore<SaveState>()(() => ({ kind: "saved" }));
  let savedGraph = store.getState().graph;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: Promise<void> | null = null;

  const isDirty = () => store.getState().graph !== savedGraph;

  const set = (next: SaveState) => state.setState(next, true);

  const plan = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  };

  async function once(): Promise<void> {
    const { graph, revision } = store.getState();
    set({ kind: "saving" });
    try {
      const answer = await save(revision, graph);
      savedGraph = graph;
      store.getState().saved(answer);
      onSaved?.(answer, graph);
      if (isDirty()) {
        set({ kind: "waiting" });
        plan(delayMs);
      } else {
        keep(null);
        set({ kind: "saved" });
      }
    } catch (thrown) {
      failed(thrown);
    }
  }

  function failed(thrown: unknown): void {
    const { graph, revision } = store.getState();
    keep({ graph, revision });
    if (!(thrown instanceof ApiError)) throw thrown;
    const theirs = thrown.status === 409 ? currentOf(thrown) : null;
    if (theirs) set({ kind: "conflict", theirs });
    else if (thrown.status === 0 || thrown.status >= 500 || thrown.status === 429) {
      set({ kind: "offline" });
      plan(retryMs);
    } else set({ kind: "refused", error: thrown });
  }

  /** Saves what is unsaved, now. False when that was not possible. */
  async function flush(): Promise<boolean> {
    clearTimeout(timer);
    while (underWay) await underWay;
    if (state.getState().kind === "conflict") return false;
    if (!isDirty()) return true;
    underWay = once().finally(() => {
      underWay = null;
    });
    await underWay;
    return isDirty() && state.getState().kind === "waiting" ? flush() : state.getState().kind === "saved";
  }

  const onChange = () => {
    const { graph } = store.getState();
    const { kind } = state.getState();
    if (!isDirty()) {
      if (kind === "waiting" || kind === "refused") set({ kind: "saved" });
      return;
    }
    keep({ graph, revision: store.getState().revision });
    if (kind === "conflict") return;
    if (kind !== "saving" && kind !== "offline") set({ kind: "waiting" });
    plan(delayMs);
  };

  let unsubscribe = () => {};

  return Object.assign(state, {
    flush,
    isDirty,
    /** What the store holds now is what the server has. */
    markSaved: () => {
      savedGraph = store.getState().graph;
    },
    /** Keeps what is drawn here, saving it over the other draft. */
    keepMine() {
      const now = state.getState();
      if (now.kind !== "conflict") return;
      store.getState().rebase(now.theirs.revision);
      set({ kind: "waiting" });
      void flush();
    },
    /** Takes the other draft. What was drawn here is one step of the history away. */
    takeTheirs() {
      const now = state.getState();
      if (now.kind !== "conflict") return;
      const { theirs } = now;
      set({ kind: "saved" });
      savedGraph = theirs.graph;
      store.getState().edit(() => theirs.graph, { whole: true });
      store.getState().saved({ ...theirs, updated_at: "" });
      keep(null);
    },
    /** Begins to listen; what is unsaved already is saved soon. */
    start() {
      unsubscribe();
      unsubscribe = store.subscribe((now, before) => now.graph !== before.graph && onChange());
      if (isDirty()) onChange();
    },
    stop() {
      clearTimeout(timer);
      unsubscribe();
    },
  });
}

function currentOf(error: ApiError): Theirs | null {
  const body = error.body as { current?: Partial<Theirs> } | null;
  const current = body?.current;
  if (!current?.graph || typeof current.revision !== "number") return null;
  return {
    graph: current.graph,
    revision: current.revision,
    shapes: current.shapes ?? {},
    problems: current.problems ?? [],
  };
}
