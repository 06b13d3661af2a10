/** Where something happens in a run: `loop_1[2].prompt_1` is the step `prompt_1` in the third round of `loop_1`. */

import type { Graph, GraphNode } from "@/api/types";
import { homeOf } from "@/flow-kit/tree";

export interface RoundPlace {
  /** The path of the step that repeats. */
  readonly container: string;
  /** Counted from 0. */
  readonly round: number;
}

const LAST_ROUND = /^(.*)\[(\d+)\]\.[^[\].]+$/;

/** The round in which a step at this path runs; null for one that lies in no frame. */
export function roundOf(path: string): RoundPlace | null {
  const match = LAST_ROUND.exec(path);
  return match ? { container: match[1] ?? "", round: Number(match[2]) } : null;
}

export const within = (container: string, round: number, step: string): string =>
  `${container}[${round}].${step}`;

/** The step at a path, as it is drawn; nothing for a step of another app that is used inside. */
export function stepAt(graph: Graph, path: string): GraphNode | undefined {
  let within: Graph | null = graph;
  let node: GraphNode | undefined;
  for (const part of path.split(".")) {
    const id = part.replace(/\[\d+\]$/, "");
    node = within?.nodes.find((one) => one.id === id);
    within = node?.body ?? null;
  }
  return node;
}

/** The paths of the steps around a step, the outermost first; `roundAt` says which round of each is looked at. */
export function containerPaths(root: Graph, id: string, roundAt: (container: string) => number): string[] {
  const paths: string[] = [];
  let prefix = "";
  for (const container of homeOf(root, id)) {
    const path = prefix + container;
    paths.push(path);
    prefix = `${path}[${roundAt(path)}].`;
  }
  return paths;
}
