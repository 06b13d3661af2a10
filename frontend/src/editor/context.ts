import type { TFunction } from "i18next";
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { SetUpQuestion } from "@/api/types";
import type { CanvasHandle } from "@/flow-kit/canvasHandle";
import type { StepTypes } from "@/flow-kit/stepTypes";
import type { RunStore } from "@/runs/runStore";
import type { Autosave } from "./autosave";
import type { World } from "./edits";
import type { EditorState, EditorStore } from "./store";
import type { UiState, UiStore } from "./ui";

/** Everything that belongs to one open app; stable while it is open. */
export interface EditorWorld {
  readonly workflow: string;
  /** What the template that it was made from asks. */
  readonly setup: readonly SetUpQuestion[];
  /** Is the practice model not enough for that template? */
  readonly needsModel: boolean;
  readonly types: StepTypes;
  readonly store: EditorStore;
  readonly ui: UiStore;
  readonly runs: RunStore;
  readonly autosave: Autosave;
  /** Null while the list of steps is shown instead of the canvas. */
  readonly canvas: { current: CanvasHandle | null };
  readonly t: TFunction<"editor">;
  /** What edits need to know around a graph, as of now. */
  readonly world: () => World;
}

export const EditorContext = createContext<EditorWorld | null>(null);

export function useEditor(): EditorWorld {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("A part of the editor was drawn outside an EditorContext.");
  return editor;
}

/** Steps that are drawn, with what their words are made of: the draft's, or those of versions that are compared. */
export type DrawnWorld = Pick<EditorWorld, "store" | "types">;

/** For drawings that are no draft. */
export const DrawnContext = createContext<DrawnWorld | null>(null);

export function useDrawn(): DrawnWorld {
  const editor = useContext(EditorContext);
  const drawn = useContext(DrawnContext) ?? editor;
  if (!drawn) throw new Error("Steps were drawn outside an EditorContext and a DrawnContext.");
  return drawn;
}

export const useDraft = <T>(select: (state: EditorState) => T): T => useStore(useDrawn().store, select);

export const useUi = <T>(select: (state: UiState) => T): T => useStore(useEditor().ui, select);
