/** Steps that are drawn otherwise than in a run: they run again in a run by the draft, and so does what follows. */

import type { Graph, GraphNode, Json } from "@/api/types";
import { edgesInto } from "@/flow-kit/graph";
import { refsIn } from "@/forms/template/syntax";

/**
 * The steps that differ in more than what only the eye sees, the new and the gone. A step inside another is
 * named in all its rounds at once: `loop_1[*].prompt_2`. The server finds the same (`nodes/sdk/redrawn.py`).
 */
export function changedSince(before: Graph, now: Graph): string[] {
  if (before === now) return [];
  const gone = before.nodes.filter(({ id }) => now.nodes.every((node) => node.id !== id));
  return [...now.nodes.flatMap((node) => changesOf(before, now, node)), ...gone.map(({ id }) => id)];
}

function changesOf(before: Graph, now: Graph, node: GraphNode): string[] {
  const { id, body } = node;
  const old = before.nodes.find((one) => one.id === id);
  if (!old || waysIn(before, id) !== waysIn(now, id)) return [id];
  if (old === node) return [];
  if (drawn(old) !== drawn(node) || !old.body !== !body) return [id];
  if (!old.body || !body) return [];
  return speaksOfAny(node, old.body, body)
    ? [id]
    : changedSince(old.body, body).map((inside) => `${id}[*].${inside}`);
}

/** Whether its own settings name a step inside that is new or gone: its rounds are read by that. */
function speaksOfAny(node: GraphNode, before: Graph, now: Graph): boolean {
  const has = (graph: Graph, id: string) => graph.nodes.some((one) => one.id === id);
  return refsIn(node.config).some((ref) => has(before, ref.node) !== has(now, ref.node));
}

const drawn = ({ id, type, version, config, policy, tool }: GraphNode): string =>
  JSON.stringify(sorted({ id, type, version, config, policy, tool: tool ?? {} } as unknown as Json));

const waysIn = (graph: Graph, id: string): string =>
  edgesInto(graph, id)
    .map(({ source, port }) => `${source} ${port}`)
    .sort()
    .join("\n");

/** With the fields of objects in one order, whoever wrote them. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const fields = Object.keys(value).sort();
  return Object.fromEntries(fields.map((name) => [name, sorted(value[name] ?? null)]));
}
