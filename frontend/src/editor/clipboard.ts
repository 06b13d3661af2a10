/** Steps on the clipboard: readable JSON, so that they can go to another app or a file. */

import type { Graph, GraphEdge, GraphNode } from "@/api/types";

const MARK = "treadle/steps";

export function writeSteps(piece: Graph): string {
  return JSON.stringify({ kind: MARK, ...piece }, null, 2);
}

/** The steps in a text, or null when it holds none. The server checks their settings at the next save. */
export function readSteps(text: string): Graph | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.kind !== MARK || !Array.isArray(value.nodes) || !Array.isArray(value.edges))
    return null;
  const nodes = value.nodes.filter(isNode);
  const edges = value.edges.filter(isEdge);
  return nodes.length > 0 && nodes.length === value.nodes.length ? { nodes, edges } : null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isNode(value: unknown): value is GraphNode {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    typeof value.type === "string" &&
    typeof value.version === "number" &&
    typeof value.title === "string" &&
    isObject(value.config) &&
    isObject(value.policy) &&
    isObject(value.position) &&
    typeof value.position.x === "number" &&
    typeof value.position.y === "number"
  );
}

const isEdge = (value: unknown): value is GraphEdge =>
  isObject(value) && [value.source, value.port, value.target].every((part) => typeof part === "string");
