import type { Graph, GraphEdge } from "@/api/types";
import { edgeId, nodeById, wouldCycle } from "@/flow-kit/graph";
import { type StepTypes, startsRun } from "@/flow-kit/stepTypes";
import { graphOf, homeOf } from "@/flow-kit/tree";

/** Why a connection cannot be made; a key of `editor:refusal`. */
export type Refusal = "itself" | "circle" | "intoStart" | "frame" | "twice" | "gone";

/** Null when the connection can be made. */
export function refusal(graph: Graph, edge: GraphEdge, types: StepTypes): Refusal | null {
  const source = nodeById(graph, edge.source);
  const target = nodeById(graph, edge.target);
  if (!source || !target) return "gone";
  if (source === target) return "itself";
  if (startsRun(types.get(target.type))) return "intoStart";
  if (homeOf(graph, source.id).join() !== homeOf(graph, target.id).join()) return "frame";
  if (graphOf(graph, source.id).edges.some((e) => edgeId(e) === edgeId(edge))) return "twice";
  if (wouldCycle(graph, edge.source, edge.target)) return "circle";
  return null;
}
