/** What is open on screen. Nothing of it is saved, nothing of it is part of the history. */

import { createStore } from "zustand/vanilla";
import type { Place } from "./edits";

/** "steps" is a tab on phones only, where one thing is shown at a time; beside the canvas it means the chat. */
export type PanelTab = "steps" | "chat" | "step";
export type StepView = "settings" | "result";

export interface Anchor {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface UiState {
  readonly tab: PanelTab;
  readonly stepView: StepView;
  readonly picker: { readonly place: Place; readonly anchor: Anchor } | null;
  readonly isProblemListOpen: boolean;
  readonly isPublishOpen: boolean;
  readonly isHelpOpen: boolean;
  /** Which of the things one is shown around to; null while one is not. */
  readonly tour: number | null;
  readonly isMemoryOpen: boolean;
  readonly isLimitsOpen: boolean;
  readonly isSetUpOpen: boolean;
  /** The run that was begun last at a step of another, and at which. */
  readonly forked: { readonly run: string; readonly path: string } | null;
  readonly connecting: string | null;
  readonly renaming: string | null;
  /** The note that is being written. */
  readonly editingNote: string | null;
  /** The group whose name and colour are asked for; "new" for one of the selected steps. */
  readonly grouping: "new" | { readonly group: string } | null;
  /** Shown near the pointer for a moment, and said by screen readers. */
  readonly notice: {
    readonly text: string;
    readonly at: { x: number; y: number } | null;
    readonly key: number;
  } | null;
  /** The list of steps instead of the canvas, chosen by the person. */
  readonly isOutline: boolean;
  /** A field that is to get the focus once its form is there. */
  readonly wantedField: string | null;
}

export type UiStore = ReturnType<typeof createUiStore>;

export function createUiStore() {
  const store = createStore<UiState>()(() => ({
    tab: "steps",
    stepView: "settings",
    picker: null,
    isProblemListOpen: false,
    isPublishOpen: false,
    isHelpOpen: false,
    tour: null,
    isMemoryOpen: false,
    isLimitsOpen: false,
    isSetUpOpen: false,
    forked: null,
    connecting: null,
    renaming: null,
    editingNote: null,
    grouping: null,
    notice: null,
    isOutline: false,
    wantedField: null,
  }));
  let notices = 0;
  return Object.assign(store, {
    notify(text: string, at: { x: number; y: number } | null = null) {
      store.setState({ notice: { text, at, key: ++notices } });
    },
  });
}
