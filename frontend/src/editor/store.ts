import { temporal } from "zundo";
import { createStore } from "zustand/vanilla";
import type { Graph, Problem, SavedDraft, Shapes, Workflow } from "@/api/types";
import { notesOf } from "@/flow-kit/beside";
import { nodeById } from "@/flow-kit/graph";
import { pruned } from "./groups/stepGroups";

export interface EditorState {
  /** The draft as drawn. Never changed in place: its identity is its revision on this screen. */
  readonly graph: Graph;
  /** The revision on the server that the next save builds on. */
  readonly revision: number;
  /** Ways out and output of each step, as the server worked them out at the last save. */
  readonly shapes: Shapes;
  readonly problems: readonly Problem[];
  /** Ids of the selected steps, or of one connection. Not part of the history. */
  readonly selection: readonly string[];
  readonly selectedEdges: readonly string[];
  readonly selectedNotes: readonly string[];

  /**
   * Applies one edit as one entry of the history. Edits in a row with the same `merge` key (typing in one field)
   * become one entry. What stands beside the steps is kept, unless the edit gives a `whole` draft.
   */
  edit(
    change: (graph: Graph) => Graph,
    options?: { merge?: string; select?: readonly string[]; notes?: readonly string[]; whole?: boolean },
  ): void;
  select(ids: readonly string[], edges?: readonly string[], notes?: readonly string[]): void;
  saved(answer: SavedDraft): void;
  /** Takes over the server's draft; the history starts anew. */
  replace(draft: Pick<Workflow, "graph" | "revision" | "shapes" | "problems">): void;
  /** Keeps what is drawn here, to be saved over the server's `revision`. */
  rebase(revision: number): void;
}

export type EditorStore = ReturnType<typeof createEditorStore>;

const HISTORY = 200;
/** A pause in typing this long begins a new entry of the history. */
const MERGE_MS = 2_000;

export function createEditorStore(
  draft: Pick<Workflow, "graph" | "revision" | "shapes" | "problems">,
  now: () => number = () => performance.now(),
) {
  let lastMerge = { key: "", at: Number.NEGATIVE_INFINITY, graph: draft.graph };

  const store = createStore<EditorState>()(
    temporal(
      (set, get) => ({
        graph: draft.graph,
        revision: draft.revision,
        shapes: draft.shapes,
        problems: draft.problems,
        selection: [],
        selectedEdges: [],
        selectedNotes: [],

        edit(change, { merge = "", select, notes = [], whole = false } = {}) {
          const before = get();
          const changed = change(before.graph);
          const graph = whole ? changed : keepingTheRest(changed, before.graph);
          if (graph === before.graph) {
            if (select) get().select(select, [], notes);
            return;
          }
          // Undo in between ends a run of typing: then the graph is no longer the one that typing left behind.
          const goesOn =
            merge !== "" &&
            merge === lastMerge.key &&
            before.graph === lastMerge.graph &&
            now() - lastMerge.at < MERGE_MS;
          const history = store.temporal.getState();
          if (goesOn) history.pause();
          set({
            graph,
            selection: existing(graph, select ?? before.selection),
            selectedEdges: select ? [] : before.selectedEdges,
            selectedNotes: existingNotes(graph, select ? notes : before.selectedNotes),
          });
          if (goesOn) history.resume();
          lastMerge = { key: merge, at: now(), graph };
        },

        select(ids, edges = [], notes = []) {
          const { selection, selectedEdges, selectedNotes } = get();
          const isSame =
            sameList(ids, selection) && sameList(edges, selectedEdges) && sameList(notes, selectedNotes);
          if (!isSame) set({ selection: ids, selectedEdges: edges, selectedNotes: notes });
        },

        saved: ({ revision, shapes, problems }) => set({ revision, shapes, problems }),

        replace(draft) {
          const { selection, selectedNotes } = get();
          set({
            ...draft,
            selection: existing(draft.graph, selection),
            selectedEdges: [],
            selectedNotes: existingNotes(draft.graph, selectedNotes),
          });
          store.temporal.getState().clear();
        },

        rebase: (revision) => set({ revision }),
      }),
      {
        partialize: ({ graph }) => ({ graph }),
        equality: (past, current) => past.graph === current.graph,
        limit: HISTORY,
      },
    ),
  );
  return store;
}

export function undo(store: EditorStore): void {
  store.temporal.getState().undo();
  keepSelection(store);
}

export function redo(store: EditorStore): void {
  store.temporal.getState().redo();
  keepSelection(store);
}

/** After undo and redo a selected step or note may be gone. */
function keepSelection(store: EditorStore): void {
  const { graph, selection, selectedNotes, select } = store.getState();
  select(existing(graph, selection), [], existingNotes(graph, selectedNotes));
}

/**
 * Edits deal with steps and connections; what the app remembers, what a run may take, and notes and groups stay beside
 * them. A step that is gone has left its group.
 */
function keepingTheRest(changed: Graph, before: Graph): Graph {
  if (changed === before) return changed;
  const variables = !changed.variables && before.variables;
  const limits = !changed.limits && before.limits;
  const notes = !changed.notes && before.notes;
  const groups = !changed.groups && before.groups;
  const isWhole = !(variables || limits || notes || groups);
  const whole = isWhole
    ? changed
    : {
        ...changed,
        ...(variables && { variables }),
        ...(limits && { limits }),
        ...(notes && { notes }),
        ...(groups && { groups }),
      };
  return pruned(whole);
}

function existing(graph: Graph, ids: readonly string[]): readonly string[] {
  return ids.every((id) => nodeById(graph, id)) ? ids : ids.filter((id) => nodeById(graph, id));
}

function existingNotes(graph: Graph, ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return ids;
  const there = new Set(notesOf(graph).map((note) => note.id));
  return ids.every((id) => there.has(id)) ? ids : ids.filter((id) => there.has(id));
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((id, i) => id === b[i]);
