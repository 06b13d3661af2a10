import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError } from "@/api/errors";
import type { SavedDraft } from "@/api/types";
import { type Backup, createAutosave } from "./autosave";
import { setTitle } from "./edits";
import { createEditorStore, undo } from "./store";
import { story } from "./testing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(save: (revision: number) => Promise<SavedDraft>) {
  const store = createEditorStore({ graph: story(), revision: 1, shapes: {}, problems: [] });
  const calls: { revision: number; title: string }[] = [];
  let backup: Backup | null = null;
  const autosave = createAutosave({
    store,
    save: (revision, graph) => {
      calls.push({ revision, title: graph.nodes[0]?.title ?? "" });
      return save(revision);
    },
    keep: (next) => {
      backup = next;
    },
  });
  autosave.start();
  const rename = (title: string) => store.getState().edit((g) => setTitle(g, "hear_1", title));
  return { store, autosave, calls, rename, kept: () => backup };
}

const accept = async (revision: number): Promise<SavedDraft> => ({
  revision: revision + 1,
  shapes: {},
  problems: [],
  updated_at: "",
});
const fail =
  (status: number, body: unknown = null) =>
  async (): Promise<SavedDraft> => {
    throw new ApiError({ code: "x", message: "", status, body });
  };

describe("autosave", () => {
  test("saves once after the last of several changes", async () => {
    const { calls, rename, autosave, kept } = open(accept);

    rename("A");
    rename("B");
    expect(autosave.getState().kind).toBe("waiting");
    expect(kept()).not.toBeNull();
    await vi.advanceTimersByTimeAsync(2_000);

    expect(calls).toEqual([{ revision: 1, title: "B" }]);
    expect(autosave.getState().kind).toBe("saved");
    expect(kept()).toBeNull();
  });

  test("a change during a save is saved after it, on the new revision", async () => {
    let finish = () => {};
    const { calls, rename, autosave } = open(
      (revision) => new Promise((resolve) => (finish = () => void accept(revision).then(resolve))),
    );

    rename("A");
    await vi.advanceTimersByTimeAsync(1_000);
    rename("B");
    finish();
    await vi.advanceTimersByTimeAsync(1_000);
    finish();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(calls).toEqual([
      { revision: 1, title: "A" },
      { revision: 2, title: "B" },
    ]);
    expect(autosave.getState().kind).toBe("saved");
  });

  test("without a connection the draft is kept here and tried again", async () => {
    let isUp = false;
    const { rename, autosave, kept } = open((revision) => (isUp ? accept(revision) : fail(0)()));

    rename("A");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(autosave.getState().kind).toBe("offline");
    expect(kept()?.graph.nodes[0]?.title).toBe("A");
    isUp = true;
    await vi.advanceTimersByTimeAsync(6_000);

    expect(autosave.getState().kind).toBe("saved");
    expect(kept()).toBeNull();
  });

  test("someone else's save is never overwritten without a choice", async () => {
    const theirs = { graph: setTitle(story(), "hear_1", "Theirs"), revision: 7, shapes: {}, problems: [] };
    let isStale = true;
    const { calls, rename, autosave, store } = open((revision) =>
      isStale ? fail(409, { current: theirs })() : accept(revision),
    );

    rename("Mine");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(autosave.getState()).toMatchObject({ kind: "conflict", theirs: { revision: 7 } });
    rename("Mine again");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toHaveLength(1);

    isStale = false;
    autosave.keepMine();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.at(-1)).toEqual({ revision: 7, title: "Mine again" });
    expect(store.getState().revision).toBe(8);
  });

  test("taking the other draft can be undone", async () => {
    const theirs = { graph: setTitle(story(), "hear_1", "Theirs"), revision: 7, shapes: {}, problems: [] };
    const { rename, autosave, store } = open(fail(409, { current: theirs }));

    rename("Mine");
    await vi.advanceTimersByTimeAsync(1_000);
    autosave.takeTheirs();
    expect(store.getState()).toMatchObject({ revision: 7, graph: theirs.graph });
    expect(autosave.getState().kind).toBe("saved");

    undo(store);
    expect(store.getState().graph.nodes[0]?.title).toBe("Mine");
  });

  test("the other draft is taken as it is, also what it no longer remembers", async () => {
    const theirs = { graph: setTitle(story(), "hear_1", "Theirs"), revision: 7, shapes: {}, problems: [] };
    const { rename, autosave, store } = open(fail(409, { current: theirs }));
    const count = { name: "count", scope: "run", type: "number", default: 0, title: "" } as const;

    store.getState().edit((graph) => ({ ...graph, variables: [count] }));
    rename("Mine");
    expect(store.getState().graph.variables).toEqual([count]);
    await vi.advanceTimersByTimeAsync(1_000);
    autosave.takeTheirs();

    expect(store.getState().graph).toBe(theirs.graph);
  });

  test("flush says whether all is saved", async () => {
    const good = open(accept);
    good.rename("A");
    expect(await good.autosave.flush()).toBe(true);

    const bad = open(fail(422));
    bad.rename("A");
    expect(await bad.autosave.flush()).toBe(false);
    expect(bad.autosave.getState().kind).toBe("refused");
  });
});
