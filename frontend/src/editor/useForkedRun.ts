import { useCallback, useEffect, useRef } from "react";
import type { Run } from "@/api/types";
import { isOver } from "@/runs/fold";
import { followRun } from "@/runs/followRun";
import { type EditorWorld, useEditor } from "./context";

/** Shows on the canvas, from its beginning to its end, a run that goes on from a step of another. */
export function useForkedRun(): (run: Run, path: string) => void {
  const editor = useEditor();
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  return useCallback(
    (run: Run, path: string) => {
      stop.current();
      stop.current = show(editor, run, path);
    },
    [editor],
  );
}

function show({ runs, store, types, ui }: EditorWorld, run: Run, path: string): () => void {
  const { graph, shapes } = store.getState();
  // A fork goes on with the message of the run that is looked at.
  runs.begin(run.id, runs.getState().run.query, { graph, types, shapes });
  ui.setState({ forked: { run: run.id, path } });
  const unfollow = followRun(run.id, runs);
  const unsubscribe = runs.subscribe((view) => {
    // Another run is looked at now, such as that of the next message.
    if (view.runId !== run.id || isOver(view.run.status)) end();
  });
  const end = () => {
    unfollow();
    unsubscribe();
  };
  return end;
}
