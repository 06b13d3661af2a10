/** What a draft has that another has not, step by step, for people to read. */

import type { Graph, GraphNode } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { stepsIn } from "@/flow-kit/tree";
import { changedSince } from "./changed";

/** A step that is new, gone, or does something else now; or what stands beside the steps. */
export interface Change {
  readonly kind: "added" | "changed" | "removed" | "beside";
  readonly id: string;
  readonly title: string;
}

/** A new name is a change, a new place is none. Beside the steps stand what the app remembers and what a run may take. */
export function changesBetween(before: Graph, now: Graph, titleOf: (node: GraphNode) => string): Change[] {
  const other = changedSince(before, now).map((path) => path.split(".").at(-1));
  const told: Change[] = [];
  const tell = (kind: Change["kind"], node: GraphNode) =>
    told.push({ kind, id: node.id, title: titleOf(node) });
  for (const node of stepsIn(now)) {
    const old = nodeById(before, node.id);
    if (!old) tell("added", node);
    else if (other.includes(node.id) || old.title !== node.title) tell("changed", node);
  }
  for (const node of stepsIn(before)) if (!nodeById(now, node.id)) tell("removed", node);
  if (beside(before) !== beside(now)) told.push({ kind: "beside", id: "", title: "" });
  return told;
}

const beside = ({ variables = [], limits = null }: Graph) => JSON.stringify([variables, limits]);
