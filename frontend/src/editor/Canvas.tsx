import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { GraphEdge } from "@/api/types";
import { FlowCanvas } from "@/flow-kit/FlowCanvas";
import type { Places } from "@/flow-kit/frames";
import { findEdge } from "@/flow-kit/graph";
import { noteKey, readKey } from "@/flow-kit/keys";
import type { CanvasParts } from "@/flow-kit/parts";
import type { DrawnNode, StepFlowNode } from "@/flow-kit/sized";
import { usePinned } from "@/runs/pins/usePins";
import css from "./Canvas.module.css";
import { useDraft, useEditor } from "./context";
import { dropped, goingAlong } from "./dragging";
import { connect } from "./edits";
import { FrameCard } from "./FrameCard";
import { type DrawnFlow, draw, type FlowWords, placeSteps } from "./flow";
import { GroupFrame } from "./groups/GroupFrame";
import { useCanvasKeys } from "./keyboard";
import { openGroup, openNote, openPicker, openStep, selectGroup } from "./moves";
import { fetchNotes, LaterNote } from "./notes/LaterNote";
import { placeGroups, placeNotes } from "./placeBeside";
import { refusal } from "./refusal";
import { StepCard } from "./StepCard";
import { useConnectionRun } from "./useConnectionRun";

const STILL: Places = new Map();

/** The drawing: steps and connections, and everything a pointer or the keyboard does with them. */
export function Canvas({ words }: { words: FlowWords }) {
  const editor = useEditor();
  const mayEdit = useMay().edit;
  const { t, i18n } = useTranslation("editor");
  const { graph, shapes, problems, selection, selectedEdges, selectedNotes } = useDraftParts();
  const [moving, setMoving] = useState<Places>(STILL);
  const flow = useDrawing();
  const { language } = i18n;
  const pinned = usePinned(editor.workflow);

  const drawn = useMemo(
    () => flow.draw({ graph, shapes, problems, pinned, types: editor.types, language, words }),
    [flow, graph, shapes, problems, pinned, editor, language, words],
  );
  const nodes = useMemo(
    () =>
      flow.place(graph, drawn, { selection, selectedNotes, moving, world: { types: editor.types, shapes } }),
    [flow, graph, drawn, selection, selectedNotes, moving, editor, shapes],
  );
  const chosen = useMemo(() => [...selection, ...selectedNotes.map(noteKey)], [selection, selectedNotes]);
  const edges = useMemo(() => [...drawn.edges.values()], [drawn]);

  const parts = useMemo(
    (): CanvasParts => ({
      Card: StepCard,
      Frame: FrameCard,
      Note: LaterNote,
      Group: GroupFrame,
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

  const onDrag = useCallback(
    (places: Places) => setMoving(goingAlong(editor.store.getState().graph, places, editor.world())),
    [editor],
  );
  const onMoved = useCallback(
    (places: Places) => {
      setMoving(STILL);
      editor.store.getState().edit((g) => dropped(g, places, editor.world()));
    },
    [editor],
  );
  const onSelect = useCallback(
    (keys: readonly string[], connections: readonly string[]) => {
      const chosen = keys.map(readKey);
      const ids = (wanted: string) => chosen.filter(({ kind }) => kind === wanted).map(({ id }) => id);
      editor.store.getState().select(ids("step"), connections, ids("note"));
    },
    [editor],
  );
  const canConnect = useCallback(
    (edge: GraphEdge) => refusal(editor.store.getState().graph, edge, editor.types) === null,
    [editor],
  );
  const keys = useCanvasKeys();
  useEffect(() => {
    const later = setTimeout(() => void fetchNotes(), 2_000);
    return () => clearTimeout(later);
  }, []);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of steps is not a form's fieldset
    <div className={css.canvas} data-canvas role="group" aria-label={t("canvas.label")} {...keys}>
      <FlowCanvas
        nodes={nodes}
        edges={edges}
        parts={parts}
        selection={chosen}
        selectedEdges={selectedEdges}
        onSelect={onSelect}
        onDrag={onDrag}
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
        onClick={(key) => {
          const { kind, id } = readKey(key);
          if (kind === "step") editor.ui.setState({ tab: "step" });
          if (kind === "group") selectGroup(editor, id);
        }}
        onOpen={(key) => {
          const { kind, id } = readKey(key);
          if (kind === "step") openStep(editor, id, null);
          else if (mayEdit) (kind === "note" ? openNote : openGroup)(editor, id);
        }}
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
  const selectedNotes = useDraft((s) => s.selectedNotes);
  return { graph, shapes, problems, selection, selectedEdges, selectedNotes };
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
    const last = {
      flow: undefined as DrawnFlow | undefined,
      steps: new Map<string, StepFlowNode>(),
      beside: new Map<string, DrawnNode>(),
    };
    return {
      draw(drawing: Parameters<typeof draw>[0]) {
        last.flow = draw(drawing, last.flow);
        return last.flow;
      },
      place(
        graph: Parameters<typeof placeSteps>[0],
        flow: DrawnFlow,
        state: Parameters<typeof placeSteps>[2] & Parameters<typeof placeNotes>[1],
      ): DrawnNode[] {
        const steps = placeSteps(graph, flow.views, state, last.steps);
        const beside = [
          ...placeGroups(graph, steps, state.moving, last.beside),
          ...placeNotes(graph, state, last.beside),
        ];
        last.steps = new Map(steps.map((n) => [n.id, n]));
        last.beside = new Map(beside.map((n) => [n.id, n]));
        return [...steps, ...beside];
      },
    };
  });
  return drawing;
}
