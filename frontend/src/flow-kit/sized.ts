import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";
import type { Note, StepGroup } from "@/api/types";
import { boxOfNote } from "./beside";
import { FRAME } from "./frames";
import { type Box, CARD, LINE_Y, portY, STRIP } from "./geometry";
import { groupKey, noteKey } from "./keys";
import type { Later } from "./later";
import { DEEPEST } from "./tree";

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
  /** What happens when it fails, where that was said. */
  readonly policy: string;
  /** It does not run when the app is tried: what was kept as sample data is used. */
  readonly isPinned: boolean;
  /** The name of the group that it is in; null when it is in none. */
  readonly inGroup: string | null;
  /** Holds steps and is drawn around them; "empty" when there are none yet. */
  readonly frame: "" | "empty" | "filled";
}

export type StepFlowNode = Node<{ view: StepView; begin: number }, "step" | "frame">;
export type NoteFlowNode = Node<{ note: Note }, "note">;
export type GroupFlowNode = Node<{ group: StepGroup }, "stepGroup">;
export type DrawnNode = StepFlowNode | NoteFlowNode | GroupFlowNode;
/** What is said of a connection is worked out when it is read. */
export type ConnectionFlowEdge = Edge<{ label: Later<string> }, "connection">;

/** The one way into a step. */
export const INPUT = "in";
/** What a frame is dragged by; inside it the canvas can be dragged as everywhere. */
export const GRIP = "frame-grip";

const FRAME_STYLE = { pointerEvents: "none" } as const;

/** Centre of a way out of a step: in a frame the rows begin below its head. */
export const exitY = (index: number, count: number, isFrame: boolean): number =>
  portY(index, count) + (isFrame && count > 1 ? FRAME.head - (CARD.height - STRIP) : 0);

/**
 * A React Flow node whose size and handles are known ahead.
 *
 * All four of `width`, `height`, `handles` and `measured` are needed: without the first three every card is mounted
 * once to be measured (1.3 s instead of 0.4 s at 1,000 steps), and without `measured` cards that are off screen never
 * count as measured, so that `fitView()` never resolves (React Flow 12.12). `depth` puts a step above the frames that
 * lie around it; `begin` is where the first step in a frame has its line, from the frame's top.
 */
export function sized(
  id: string,
  { x, y, width, height }: Box,
  view: StepView,
  selected: boolean,
  depth: number,
  begin: number,
): StepFlowNode {
  const half = CARD.handle / 2;
  const isFrame = view.frame !== "";
  const handle = (name: string, type: "source" | "target", x: number, y: number): NodeHandle => ({
    id: name,
    type,
    position: type === "source" ? Position.Right : Position.Left,
    x: x - half,
    y: y - half,
    width: CARD.handle,
    height: CARD.handle,
  });
  const handles = view.ports.map((p, i) =>
    handle(p.name, "source", width, exitY(i, view.ports.length, isFrame)),
  );
  if (view.takesInput) handles.push(handle(INPUT, "target", 0, LINE_Y));
  return {
    id,
    type: isFrame ? "frame" : "step",
    position: { x, y },
    data: { view, begin },
    selected,
    width,
    height,
    handles,
    measured: { width, height },
    zIndex: depth,
    ...(isFrame ? { dragHandle: `.${GRIP}`, style: FRAME_STYLE } : {}),
  };
}

/** A note lies above all steps, where it can always be reached. */
export function sizedNote(note: Note, at: { x: number; y: number }, selected: boolean): NoteFlowNode {
  const { width, height } = boxOfNote(note);
  return {
    id: noteKey(note.id),
    type: "note",
    position: { x: at.x, y: at.y },
    data: { note },
    selected,
    width,
    height,
    handles: [],
    measured: { width, height },
    zIndex: DEEPEST + 1,
  };
}

/** A group lies behind its steps and their connections, above the frame around them; it is dragged by its head. */
export function sizedGroup(group: StepGroup, { x, y, width, height }: Box, depth: number): GroupFlowNode {
  return {
    id: groupKey(group.id),
    type: "stepGroup", // React Flow draws a box of its own around a "group"
    position: { x, y },
    data: { group },
    selectable: false,
    width,
    height,
    handles: [],
    measured: { width, height },
    zIndex: depth - 1,
    dragHandle: `.${GRIP}`,
    style: FRAME_STYLE,
  };
}
