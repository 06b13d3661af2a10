import type { Graph } from "@/api/types";
import { boxOfNote, centreOf, notesOf } from "@/flow-kit/beside";
import { boxesOf } from "@/flow-kit/frames";
import { edgesInto, edgesOutOf, nodeById } from "@/flow-kit/graph";
import { bodyOf, graphOf, homeOf } from "@/flow-kit/tree";
import { beginningsOf, type World } from "./edits";

export type Direction = "left" | "right" | "up" | "down";

/**
 * Where an arrow key leads: left and right along the connections or, where there is none, to what lies there, so that
 * a step without connections is reached too; up and down to what lies there. Down from a frame leads to its first
 * step; where a frame's steps end, left and up lead to the frame and right to what follows it.
 */
export function neighbour(root: Graph, from: string, direction: Direction): string | null {
  const at = nodeById(root, from);
  if (!at) return null;
  const nearestTo = (ids: readonly string[]) => {
    const others = ids.map((id) => nodeById(root, id)).filter((n) => n !== undefined && n.id !== from);
    const distance = (n: typeof at) =>
      Math.hypot(n.position.x - at.position.x, 2 * (n.position.y - at.position.y));
    return others.reduce<typeof at | null>(
      (best, n) => (n && (best === null || distance(n) < distance(best)) ? n : best),
      null,
    );
  };
  const around = homeOf(root, from).at(-1) ?? null;
  const isSideways = direction === "left" || direction === "right";
  const sign = direction === "down" || direction === "right" ? 1 : -1;
  // Straight on first: what is off to a side counts double.
  const cost = (n: typeof at) => {
    const [x, y] = [Math.abs(n.position.x - at.position.x), Math.abs(n.position.y - at.position.y)];
    return isSideways ? x + 2 * y : y + 2 * x;
  };
  const lying = () =>
    graphOf(root, from)
      .nodes.filter((n) => {
        const by = isSideways ? n.position.x - at.position.x : n.position.y - at.position.y;
        return sign * by > 20;
      })
      .reduce<typeof at | null>((best, n) => (best === null || cost(n) < cost(best) ? n : best), null);
  if (direction === "right") {
    const next = nearestTo(edgesOutOf(root, from).map((e) => e.target)) ?? lying();
    return next?.id ?? (around ? neighbour(root, around, "right") : null);
  }
  if (direction === "left")
    return (nearestTo(edgesInto(root, from).map((e) => e.source)) ?? lying())?.id ?? around;
  const [first] = direction === "down" ? beginningsOf(bodyOf(at)) : [];
  if (first) return first.id;
  const best = lying();
  if (best) return best.id;
  return direction === "up" ? around : around && below(root, around);
}

/** What lies below a frame, not inside it. */
function below(root: Graph, frame: string): string | null {
  const at = nodeById(root, frame);
  const others = at ? graphOf(root, frame).nodes.filter((n) => n.position.y - at.position.y > 20) : [];
  return others.sort((a, b) => a.position.y - b.position.y)[0]?.id ?? null;
}

/** Where an arrow key leads from a note: to the nearest step or note that lies there; sideways counts double. */
export function neighbourOfNote(
  root: Graph,
  from: string,
  direction: Direction,
  world: World,
): { kind: "step" | "note"; id: string } | null {
  const note = notesOf(root).find(({ id }) => id === from);
  if (!note) return null;
  const here = centreOf(boxOfNote(note));
  const sign = direction === "right" || direction === "down" ? 1 : -1;
  const isLevel = direction === "left" || direction === "right";
  const others = [
    ...[...boxesOf(root, world)].map(([id, box]) => ({ kind: "step" as const, id, at: centreOf(box) })),
    ...notesOf(root)
      .filter(({ id }) => id !== from)
      .map((other) => ({ kind: "note" as const, id: other.id, at: centreOf(boxOfNote(other)) })),
  ];
  const there = others.flatMap((one) => {
    const [along, aside] = isLevel
      ? [one.at.x - here.x, one.at.y - here.y]
      : [one.at.y - here.y, one.at.x - here.x];
    return along * sign > 0 ? [{ ...one, cost: along * sign + 2 * Math.abs(aside) }] : [];
  });
  const [best] = there.sort((a, b) => a.cost - b.cost);
  return best ? { kind: best.kind, id: best.id } : null;
}
