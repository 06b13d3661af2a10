import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { GraphEdge } from "@/api/types";
import { FlowCanvas } from "@/flow-kit/FlowCanvas";
import type { Places } from "@/flow-kit/frames";
import { findEdge } from "@/flow-kit/graph";
import type { CanvasParts } from "@/flow-kit/parts";
import type { StepFlowNode } from "@/flow-kit/sized";
import { usePinned } from "@/runs/pins/usePins";
import css from "./Canvas.module.css";
import { useDraft, useEditor } from "./context";
import { connect, moveSteps } from "./edits";
import { FrameCard } from "./FrameCard";
import { type DrawnFlow, draw, type FlowWords, placeSteps } from "./flow";
import { useCanvasKeys } from "./keyboard";
import { openPicker, openStep } from "./moves";
import { refusal } from "./refusal";
import { StepCard } from "./StepCard";
import { useConnectionRun } from "./useConnectionRun";

const STILL: Places = new Map();

/** The drawing: steps and connections, and everything a pointer or the keyboard does with them. */
export function Canvas({ words }: { words: FlowWords }) {
  const editor = useEditor();
  const mayEdit = useMay().edit;
  const { t, i18n } = useTranslation("editor");
  const { graph, shapes, problems, selection, selectedEdges } = useDraftParts();
  const [moving, setMoving] = useState<Places>(STILL);
  const flow = useDrawing();
  const { language } = i18n;
  const pinned = usePinned(editor.workflow);

  const drawn = useMemo(
    () => flow.draw({ graph, shapes, problems, pinned, types: editor.types, language, words }),
    [flow, graph, shapes, problems, pinned, editor, language, words],
  );
  const nodes = useMemo(
    () => flow.place(graph, drawn, { selection, moving, world: { types: editor.types, shapes } }),
    [flow, graph, drawn, selection, moving, editor, shapes],
  );
  const edges = useMemo(() => [...drawn.edges.values()], [drawn]);

  const parts = useMemo(
    (): CanvasParts => ({
      Card: StepCard,
      Frame: FrameCard,
      useConnectionRun,
      onAdd: !mayEdit
        ? null
        : (where, anchor) => {
            const found =
              "connection" in where ? findEdge(editor.store.getState().graph, where.connection) : undefined;
            if (found) openPicker(editor, { kind: "edge", edge: found }, null, anchor);
            else if ("frame" in where)
              openPicker(editor, { kind: "inside", node: where.frame }, null, anchor);
            else if ("exit" in where) openPicker(editor, { kind: "after", ...where.exit }, null, anchor);
          },
      words: {
        addHere: t("canvas.addHere"),
        addAfter: (port) => (port ? t("canvas.addAfterPath", { path: port }) : t("canvas.addAfter")),
      },
    }),
    [editor, t, mayEdit],
  );

  const onMoved = useCallback(
    (places: Places) => {
      setMoving(STILL);
      editor.store.getState().edit((g) => moveSteps(g, places, editor.world()));
    },
    [editor],
  );
  const onSelect = useCallback(
    (steps: readonly string[], connections: readonly string[]) => {
      editor.store.getState().select(steps, connections);
    },
    [editor],
  );
  const canConnect = useCallback(
    (edge: GraphEdge) => refusal(editor.store.getState().graph, edge, editor.types) === null,
    [editor],
  );
  const keys = useCanvasKeys();

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of steps is not a form's fieldset
    <div className={css.canvas} data-canvas role="group" aria-label={t("canvas.label")} {...keys}>
      <FlowCanvas
        nodes={nodes}
        edges={edges}
        parts={parts}
        selection={selection}
        selectedEdges={selectedEdges}
        onSelect={onSelect}
        onDrag={setMoving}
        onMoved={onMoved}
        canConnect={canConnect}
        readOnly={!mayEdit}
        onConnect={(edge) => editor.store.getState().edit((g) => connect(g, edge))}
        onRefused={(edge, at) => {
          const why = refusal(editor.store.getState().graph, edge, editor.types);
          if (why) editor.ui.notify(t(`refusal.${why}`), at);
        }}
        onDropped={({ node, port }, { screen, canvas }) =>
          openPicker(
            editor,
            { kind: "after", node, port, at: { x: canvas.x, y: canvas.y - 40 } },
            null,
            new DOMRect(screen.x, screen.y),
          )
        }
        onReady={(canvas) => {
          editor.canvas.current = canvas;
        }}
        onBackground={() => editor.ui.setState({ picker: null })}
        onStep={() => editor.ui.setState({ tab: "step" })}
        onOpen={(step) => openStep(editor, step, null)}
      />
    </div>
  );
}

function useDraftParts() {
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const problems = useDraft((s) => s.problems);
  const selection = useDraft((s) => s.selection);
  const selectedEdges = useDraft((s) => s.selectedEdges);
  return { graph, shapes, problems, selection, selectedEdges };
}

/** Draws with a memory of what it drew last, so that what did not change stays the same object. */
function useDrawing() {
  const editor = useEditor();
  useEffect(
    () => () => {
      editor.canvas.current = null;
    },
    [editor],
  );
  const [drawing] = useState(() => {
    const last: { flow: DrawnFlow | undefined; nodes: Map<string, StepFlowNode> } = {
      flow: undefined,
      nodes: new Map(),
    };
    return {
      draw(drawing: Parameters<typeof draw>[0]) {
        last.flow = draw(drawing, last.flow);
        return last.flow;
      },
      place(
        graph: Parameters<typeof placeSteps>[0],
        flow: DrawnFlow,
        state: Parameters<typeof placeSteps>[2],
      ) {
        const nodes = placeSteps(graph, flow.views, state, last.nodes);
        last.nodes = new Map(nodes.map((n) => [n.id, n]));
        return nodes;
      },
    };
  });
  return drawing;
}
