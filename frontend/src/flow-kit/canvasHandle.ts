import type { ReactFlowInstance } from "@xyflow/react";
import type { ConnectionFlowEdge, DrawnNode } from "./sized";

/** What the rest of the editor may ask of the canvas. */
export interface CanvasHandle {
  /** Brings all steps, or these, into view. */
  fit(steps?: readonly string[]): void;
  zoomBy(direction: 1 | -1): void;
  zoomTo(zoom: number): void;
  /** Moves the view, if need be, so that the step (or note, by its key) lies free inside it. */
  reveal(step: string): Promise<void>;
  toCanvas(screen: { x: number; y: number }): { x: number; y: number };
  /** Where a step is on screen. */
  screenBox(step: string): DOMRect | null;
  middle(): { x: number; y: number };
}

const MARGIN = 40;
const READABLE = 0.55;

/**
 * The view a canvas opens with: all of it, while that can be read; else its beginning. Opening a thousand steps all at
 * once would mount a card for each.
 */
export function showBeginning(flow: ReactFlowInstance<DrawnNode, ConnectionFlowEdge>): void {
  const nodes = flow.getNodes();
  const first = nodes.reduce<DrawnNode | undefined>(
    (best, n) => (n.type !== "note" && (!best || n.position.x < best.position.x) ? n : best),
    undefined,
  );
  if (!first) return;
  const view = document.querySelector(".react-flow")?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
  const all = flow.getNodesBounds(nodes);
  const zoom = Math.min(view.width / all.width, view.height / all.height) * 0.85;
  if (zoom >= READABLE) {
    void flow.fitView({ padding: 0.15, maxZoom: 1 });
    return;
  }
  const zoomed = Math.max(READABLE, 0.7);
  void flow.setViewport({
    x: 2 * MARGIN - first.position.x * zoomed,
    y: view.height / 2 - (first.position.y + 60) * zoomed,
    zoom: zoomed,
  });
}

export function handleOf(flow: ReactFlowInstance<DrawnNode, ConnectionFlowEdge>): CanvasHandle {
  const duration = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180);
  const frame = () => document.querySelector(".react-flow")?.getBoundingClientRect() ?? new DOMRect();

  const screenBox = (step: string) => {
    const node = flow.getInternalNode(step);
    if (!node) return null;
    const { x, y } = flow.flowToScreenPosition(node.internals.positionAbsolute);
    const zoom = flow.getZoom();
    return new DOMRect(x, y, (node.measured.width ?? 0) * zoom, (node.measured.height ?? 0) * zoom);
  };

  return {
    fit: (steps) =>
      void flow.fitView({
        padding: 0.15,
        maxZoom: 1,
        duration: duration(),
        ...(steps ? { nodes: steps.map((id) => ({ id })) } : {}),
      }),
    zoomBy: (direction) => void (direction === 1 ? flow.zoomIn : flow.zoomOut)({ duration: duration() }),
    zoomTo: (zoom) => void flow.zoomTo(zoom, { duration: duration() }),
    async reveal(step) {
      const box = screenBox(step);
      if (!box) return;
      const view = frame();
      if (view.width === 0) return;
      const dx = shift(box.left, box.right, view.left + MARGIN, view.right - MARGIN);
      const dy = shift(box.top, box.bottom, view.top + MARGIN, view.bottom - MARGIN);
      if (dx === 0 && dy === 0) return;
      const { x, y, zoom } = flow.getViewport();
      await flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: duration() });
    },
    toCanvas: (screen) => flow.screenToFlowPosition(screen),
    screenBox,
    middle: () => {
      const view = frame();
      return flow.screenToFlowPosition({ x: view.left + view.width / 2, y: view.top + view.height / 2 });
    },
  };
}

/** How far to move so that [from, to] lies inside [low, high]; what is too large shows its beginning. */
export function shift(from: number, to: number, low: number, high: number): number {
  if (from < low || to - from > high - low) return low - from;
  return to > high ? high - to : 0;
}
