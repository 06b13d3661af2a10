/** Steps and notes on the clipboard: readable JSON, so that they can go to another app or a file. */

import type { Colour, Graph, GraphEdge, GraphNode, Note, StepGroup } from "@/api/types";
import { FARTHEST, GROUPS_OF_STEPS, NOTES } from "@/flow-kit/beside";
import { DEEPEST } from "@/flow-kit/tree";
import { COLOURS } from "./colours";

const MARK = "treadle/steps";

export function writeSteps(piece: Graph): string {
  return JSON.stringify({ kind: MARK, ...piece }, null, 2);
}

/** The steps and notes in a text, or null when it holds none. The server checks their settings at the next save. */
export function readSteps(text: string): Graph | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.kind !== MARK || !Array.isArray(value.nodes) || !Array.isArray(value.edges))
    return null;
  const piece = readGraph(value, 0);
  const notes = listOf(value.notes).filter(isNote).map(bareNote);
  const groups = listOf(value.groups).filter(isGroup).map(bareGroup);
  if (!piece || piece.nodes.length + notes.length === 0) return null;
  return { ...piece, ...(notes.length > 0 && { notes }), ...(groups.length > 0 && { groups }) };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Null when a step in it, at any depth, is none. */
function readGraph({ nodes, edges }: Record<string, unknown>, depth: number): Graph | null {
  if (!Array.isArray(nodes) || !Array.isArray(edges) || depth > DEEPEST) return null;
  const steps = nodes.map((node) => readNode(node, depth));
  return steps.every((step) => step !== null) ? { nodes: steps, edges: edges.filter(isEdge) } : null;
}

function readNode(value: unknown, depth: number): GraphNode | null {
  if (!isNode(value)) return null;
  if (!isObject(value.body)) return { ...value, body: null };
  const body = readGraph(value.body, depth + 1);
  return body && { ...value, body };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isNode(value: unknown): value is Omit<GraphNode, "body"> & { body?: unknown } {
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

const isColour = (value: unknown): value is Colour => COLOURS.some((colour) => colour === value);

const isWithin = (value: unknown, low: number, high: number): boolean =>
  typeof value === "number" && value >= low && value <= high;

function isNote(value: unknown): value is Note {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    typeof value.text === "string" &&
    value.text.length <= NOTES.longest &&
    isColour(value.colour) &&
    isObject(value.position) &&
    isWithin(value.position.x, -FARTHEST, FARTHEST) &&
    isWithin(value.position.y, -FARTHEST, FARTHEST) &&
    isObject(value.size) &&
    isWithin(value.size.width, NOTES.narrowest, NOTES.widest) &&
    isWithin(value.size.height, NOTES.lowest, NOTES.highest)
  );
}

function isGroup(value: unknown): value is StepGroup {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    typeof value.title === "string" &&
    value.title.length <= GROUPS_OF_STEPS.longest &&
    isColour(value.colour) &&
    Array.isArray(value.nodes) &&
    value.nodes.every((id) => typeof id === "string")
  );
}

/** Without whatever else stood in the text: the server would refuse the whole draft for it. */
const bareNote = ({ id, text, colour, position: { x, y }, size: { width, height } }: Note): Note => ({
  id,
  text,
  colour,
  position: { x, y },
  size: { width, height },
});

const bareGroup = ({ id, title, colour, nodes }: StepGroup): StepGroup => ({ id, title, colour, nodes });
