import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";
import { CARD, cardHeight, LINE_Y, portY } from "./geometry";

export interface PortView {
  readonly name: string;
  readonly title: string;
  readonly isConnected: boolean;
}

/** All a card shows of a step, except how its run goes: that is not part of the drawing. */
export interface StepView {
  readonly title: string;
  readonly sentence: string;
  readonly group: string;
  readonly icon: string;
  readonly ports: readonly PortView[];
  readonly takesInput: boolean;
  /** What a screen reader says of the step. */
  readonly label: string;
  readonly problem: string;
}

export type StepFlowNode = Node<{ view: StepView }, "step">;
export type ConnectionFlowEdge = Edge<Record<string, unknown>, "connection">;

/** The one way into a step. */
export const INPUT = "in";

/**
 * A React Flow node whose size and handles are known ahead.
 *
 * All four of `width`, `height`, `handles` and `measured` are needed: without the first three every card is mounted
 * once to be measured (1.3 s instead of 0.4 s at 1,000 steps), and without `measured` cards that are off screen never
 * count as measured, so that `fitView()` never resolves (React Flow 12.12).
 */
export function sized(
  id: string,
  position: { x: number; y: number },
  view: StepView,
  selected: boolean,
): StepFlowNode {
  const width = CARD.width;
  const height = cardHeight(view.ports.length);
  const half = CARD.handle / 2;
  const handle = (name: string, type: "source" | "target", x: number, y: number): NodeHandle => ({
    id: name,
    type,
    position: type === "source" ? Position.Right : Position.Left,
    x: x - half,
    y: y - half,
    width: CARD.handle,
    height: CARD.handle,
  });
  const handles = view.ports.map((p, i) => handle(p.name, "source", width, portY(i, view.ports.length)));
  if (view.takesInput) handles.push(handle(INPUT, "target", 0, LINE_Y));
  return {
    id,
    type: "step",
    position,
    data: { view },
    selected,
    width,
    height,
    handles,
    measured: { width, height },
  };
}
