import { type ComponentType, createContext, useContext } from "react";
import { createStore } from "zustand/vanilla";
import type { Note, StepGroup } from "@/api/types";
import type { StepView } from "./sized";

/** A way out of a step. */
export interface Exit {
  readonly node: string;
  readonly port: string;
}

export interface CardProps {
  id: string;
  view: StepView;
  selected: boolean;
  /** Zoomed out so far that only a title and the state can be read. */
  isFar: boolean;
  /** Where the steps in a frame begin, from its top. */
  begin: number;
}

export interface NoteProps {
  note: Note;
  selected: boolean;
  isFar: boolean;
}

export interface GroupProps {
  group: StepGroup;
  isFar: boolean;
}

/** How a connection stands in the run on screen. */
export type ConnectionRun = "idle" | "active" | "taken" | "unused";

/** What the canvas draws with. One stable object, so that no card is drawn again because of it. */
export interface CanvasParts {
  Card: ComponentType<CardProps>;
  Frame: ComponentType<CardProps>;
  Note: ComponentType<NoteProps>;
  Group: ComponentType<GroupProps>;
  useConnectionRun: (connection: Exit & { target: string }) => ConnectionRun;
  /** A (+) was pressed: on a connection, on a step's way out, or inside a frame. Null: there are none. */
  onAdd:
    | ((where: { connection: string } | { exit: Exit } | { frame: string }, anchor: DOMRect) => void)
    | null;
  words: { addHere: string; addAfter: (port: string) => string };
}

export const PartsContext = createContext<CanvasParts | null>(null);

export function useParts(): CanvasParts {
  const parts = useContext(PartsContext);
  if (!parts) throw new Error("A step or connection was drawn outside a FlowCanvas.");
  return parts;
}

/** What the pointer is on, apart from the drawing: only the connection concerned is drawn again. */
export const createNearStore = () =>
  createStore<{ connection: string | null; steps: ReadonlySet<string> }>()(() => ({
    connection: null,
    steps: new Set(),
  }));

export type NearStore = ReturnType<typeof createNearStore>;

export const NearContext = createContext<NearStore>(createNearStore());
