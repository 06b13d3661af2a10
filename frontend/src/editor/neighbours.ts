import type { Graph } from "@/api/types";
import { edgesInto, edgesOutOf, nodeById } from "@/flow-kit/graph";

export type Direction = "left" | "right" | "up" | "down";

/** Where an arrow key leads: left and right along the connections, up and down to what lies there. */
export function neighbour(graph: Graph, from: string, direction: Direction): string | null {
  const at = nodeById(graph, from);
  if (!at) return null;
  const nearestTo = (ids: readonly string[]) => {
    const others = ids.map((id) => nodeById(graph, id)).filter((n) => n !== undefined && n.id !== from);
    const distance = (n: typeof at) =>
      Math.hypot(n.position.x - at.position.x, 2 * (n.position.y - at.position.y));
    return others.reduce<typeof at | null>(
      (best, n) => (n && (best === null || distance(n) < distance(best)) ? n : best),
      null,
    );
  };
  if (direction === "right") return nearestTo(edgesOutOf(graph, from).map((e) => e.target))?.id ?? null;
  if (direction === "left") return nearestTo(edgesInto(graph, from).map((e) => e.source))?.id ?? null;
  const sign = direction === "down" ? 1 : -1;
  const there = graph.nodes.filter((n) => sign * (n.position.y - at.position.y) > 20);
  // Straight above or below first; sideways counts double.
  const cost = (n: typeof at) =>
    Math.abs(n.position.y - at.position.y) + 2 * Math.abs(n.position.x - at.position.x);
  return (
    there.reduce<typeof at | null>((best, n) => (best === null || cost(n) < cost(best) ? n : best), null)
      ?.id ?? null
  );
}
