import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { nodeById } from "@/flow-kit/graph";
import { useEditor } from "./context";
import { focusStep, openStep } from "./moves";

/** Opens the step that the address names (`?step=prompt_1`), once: who moves on from it is not brought back. */
export function useStepInAddress(): void {
  const editor = useEditor();
  const step = useSearchParams()[0].get("step");
  const opened = useRef<string | null>(null);
  useEffect(() => {
    if (step === null || opened.current === step) return;
    opened.current = step;
    if (!nodeById(editor.store.getState().graph, step)) return;
    openStep(editor, step, null);
    void focusStep(editor, step);
  }, [editor, step]);
}
