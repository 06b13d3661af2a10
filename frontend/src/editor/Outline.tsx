import { Pin, Plus, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Graph, GraphNode } from "@/api/types";
import { edgesInto, nodeById, readingOrder } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import type { StepView } from "@/flow-kit/sized";
import { startsRun } from "@/flow-kit/stepTypes";
import { bodyOf } from "@/flow-kit/tree";
import { usePinned } from "@/runs/pins/usePins";
import { RoundSwitch } from "@/runs/RoundSwitch";
import { useRun } from "@/runs/runStore";
import { StatusLine } from "@/runs/StatusLine";
import { Button, IconButton } from "@/ui";
import { useDraft, useEditor } from "./context";
import { placeAfter } from "./edits";
import { type DrawnFlow, draw, type FlowWords } from "./flow";
import { openPicker } from "./moves";
import css from "./Outline.module.css";

/** The steps as an ordered list: as powerful as the canvas, for small screens, the keyboard and screen readers. */
export function Outline({ words }: { words: FlowWords }) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const problems = useDraft((s) => s.problems);
  const pinned = usePinned(editor.workflow);
  const { language } = i18n;
  const drawn = draw({ graph, shapes, problems, pinned, types: editor.types, language, words });
  return (
    <div className={css.outline} data-canvas>
      <Steps graph={graph} drawn={drawn} label={t("outline.label")} />
    </div>
  );
}

/** The steps of one graph, each with the steps it holds. */
function Steps({ graph, drawn, label }: { graph: Graph; drawn: DrawnFlow; label: string }) {
  const { t } = useTranslation("editor");
  const { types } = useEditor();
  const steps = readingOrder(graph, (n) => startsRun(types.get(n.type)));
  return (
    <ol className={css.list} aria-label={label}>
      {steps.map((id, i) => {
        const view = drawn.views.get(id);
        if (!view) return null;
        const from = edgesInto(graph, id).map((e) => {
          const source = drawn.views.get(e.source);
          const path =
            source && source.ports.length > 1 ? source.ports.find((p) => p.name === e.port)?.title : "";
          return path ? t("outline.fromPath", { title: source?.title, path }) : (source?.title ?? e.source);
        });
        // What simply follows on needs no word about where it comes from.
        const isPlain =
          from.length === 1 &&
          edgesInto(graph, id)[0]?.source === steps[i - 1] &&
          from[0] === drawn.views.get(steps[i - 1] ?? "")?.title;
        return (
          <li key={id} className={css.item}>
            <Row id={id} view={view} from={isPlain || from.length === 0 ? "" : from.join(", ")} />
            {view.frame !== "" && <Inside node={nodeById(graph, id)} view={view} drawn={drawn} />}
          </li>
        );
      })}
    </ol>
  );
}

/** What a step holds: its steps, and the way to add the first. */
function Inside({ node, view, drawn }: { node: GraphNode | undefined; view: StepView; drawn: DrawnFlow }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const rounds = useRun((s) => s.shown.get(node?.id ?? "")?.rounds);
  if (!node) return null;
  return (
    <div className={css.inside}>
      {rounds && (
        <RoundSwitch look="small" title={view.title} rounds={rounds} onChoose={editor.runs.chooseRound} />
      )}
      <Button
        size="s"
        look="quiet"
        icon={<Plus />}
        onClick={(event) =>
          openPicker(
            editor,
            { kind: "inside", node: node.id },
            node.id,
            event.currentTarget.getBoundingClientRect(),
          )
        }
      >
        {view.frame === "empty" ? t("frame.empty") : t("frame.addFirst")}
      </Button>
      <Steps graph={bodyOf(node)} drawn={drawn} label={t("outline.inside", { title: view.title })} />
    </div>
  );
}

function Row({ id, view, from }: { id: string; view: StepView; from: string }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const isSelected = useDraft((s) => s.selection.includes(id));
  const shown = useRun((s) => s.shown.get(id));
  return (
    <>
      {from && <p className={css.from}>{t("outline.after", { titles: from })}</p>}
      <div className={css.row} data-selected={isSelected || undefined}>
        <button
          type="button"
          className={css.step}
          data-step={id}
          aria-description={view.label}
          aria-pressed={isSelected}
          onFocus={() => editor.store.getState().select([id])}
          onClick={() => {
            editor.store.getState().select([id]);
            editor.ui.setState({ tab: "step" });
          }}
        >
          <StepIcon icon={view.icon} group={view.group} />
          <span className={css.words}>
            <span className={css.title}>
              {view.title}
              {view.isPinned && <Pin className={css.pin} aria-hidden="true" />}
            </span>
            <span className={css.sentence}>{view.sentence}</span>
            {shown ? (
              <StatusLine step={shown} />
            ) : (
              view.problem && (
                <span className={css.problem}>
                  <TriangleAlert aria-hidden="true" />
                  {view.problem}
                </span>
              )
            )}
          </span>
        </button>
        <IconButton
          label={t("outline.add", { title: view.title })}
          onClick={(event) => {
            const place = placeAfter(editor.store.getState().graph, id, editor.world());
            if (place) openPicker(editor, place, id, event.currentTarget.getBoundingClientRect());
          }}
        >
          <Plus />
        </IconButton>
      </div>
    </>
  );
}
