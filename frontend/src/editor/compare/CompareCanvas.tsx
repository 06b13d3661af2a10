import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/types";
import type { CanvasHandle } from "@/flow-kit/canvasHandle";
import { FlowCanvas } from "@/flow-kit/FlowCanvas";
import type { Places } from "@/flow-kit/frames";
import { readKey } from "@/flow-kit/keys";
import type { CanvasParts } from "@/flow-kit/parts";
import { useDraft, useDrawn } from "../context";
import { draw, placeSteps } from "../flow";
import { placeGroups, placeNotes } from "../placeBeside";
import { useFlowWords } from "../useFlowWords";
import css from "./Compare.module.css";
import { ComparedGroup, ComparedNote } from "./ComparedBeside";
import { ComparedFrame, ComparedStep } from "./ComparedStep";
import { useConnectionMark } from "./marks";

const STILL: Places = new Map();
const NOTHING = () => {};
const NONE: never[] = [];
const NEVER = () => false;

const PARTS: CanvasParts = {
  Card: ComparedStep,
  Frame: ComparedFrame,
  Note: ComparedNote,
  Group: ComparedGroup,
  useConnectionRun: useConnectionMark,
  onAdd: null,
  words: { addHere: "", addAfter: () => "" },
};

export interface CompareCanvasProps {
  models: readonly Model[];
  defaultModel: string;
  selection: readonly string[];
  onSelect: (steps: readonly string[]) => void;
  onReady: (canvas: CanvasHandle) => void;
}

/** Both states in one drawing, which can be moved and zoomed but not changed. */
export function CompareCanvas({ models, defaultModel, selection, onSelect, onReady }: CompareCanvasProps) {
  const { t, i18n } = useTranslation("editor");
  const { types } = useDrawn();
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const words = useFlowWords(models, defaultModel);
  const { language } = i18n;
  const drawn = useMemo(
    () => draw({ graph, shapes, problems: NONE, types, language, words }),
    [graph, shapes, types, language, words],
  );
  const nodes = useMemo(() => {
    const steps = placeSteps(
      graph,
      drawn.views,
      { selection, moving: STILL, world: { types, shapes } },
      new Map(),
    );
    const selectedNotes = selection.map(readKey).flatMap(({ kind, id }) => (kind === "note" ? [id] : []));
    return [
      ...steps,
      ...placeGroups(graph, steps, STILL, new Map()),
      ...placeNotes(graph, { selectedNotes, moving: STILL }, new Map()),
    ];
  }, [graph, drawn, selection, types, shapes]);
  const edges = useMemo(() => [...drawn.edges.values()], [drawn]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of steps is not a form's fieldset
    <div className={css.canvas} data-canvas role="group" aria-label={t("compare.canvas")}>
      <FlowCanvas
        nodes={nodes}
        edges={edges}
        parts={PARTS}
        selection={selection}
        selectedEdges={NONE}
        onSelect={onSelect}
        onDrag={NOTHING}
        onMoved={NOTHING}
        canConnect={NEVER}
        readOnly
        onConnect={NOTHING}
        onRefused={NOTHING}
        onDropped={NOTHING}
        onReady={onReady}
        onBackground={NOTHING}
        onClick={NOTHING}
        onOpen={NOTHING}
      />
    </div>
  );
}
