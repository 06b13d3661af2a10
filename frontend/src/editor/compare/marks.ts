import { createContext, useContext } from "react";
import { edgeId } from "@/flow-kit/graph";
import type { CanvasParts } from "@/flow-kit/parts";
import type { Change } from "../changes";

/** What is different, by the ids of steps and of connections. */
export interface Marks {
  readonly steps: ReadonlyMap<string, Exclude<Change["kind"], "beside">>;
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

const NONE: Marks = { steps: new Map(), added: new Set(), removed: new Set() };

export const MarksContext = createContext<Marks>(NONE);

export const useMarks = (): Marks => useContext(MarksContext);

/** A connection that is gone is dashed, one that is new is strong. */
export const useConnectionMark: CanvasParts["useConnectionRun"] = ({ node, port, target }) => {
  const { added, removed } = useMarks();
  const id = edgeId({ source: node, port, target });
  if (removed.has(id)) return "unused";
  return added.has(id) ? "taken" : "idle";
};
