import { Plus, TriangleAlert } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { edgesInto, readingOrder } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import type { StepView } from "@/flow-kit/sized";
import { startsRun } from "@/flow-kit/stepTypes";
import { useRun } from "@/runs/runStore";
import { StatusLine } from "@/runs/StatusLine";
import { IconButton } from "@/ui";
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
  const drawn: DrawnFlow = draw({
    graph,
    shapes,
    problems,
    types: editor.types,
    language: i18n.language,
    words,
  });
  const steps = readingOrder(graph, (n) => startsRun(editor.types.get(n.type)));
  return (
    <div className={css.outline} data-canvas>
      <ol className={css.list} aria-label={t("outline.label")}>
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
            <Fragment key={id}>
              <Row id={id} view={view} from={isPlain || from.length === 0 ? "" : from.join(", ")} />
            </Fragment>
          );
        })}
      </ol>
    </div>
  );
}

function Row({ id, view, from }: { id: string; view: StepView; from: string }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const isSelected = useDraft((s) => s.selection.includes(id));
  const shown = useRun((s) => s.shown.get(id));
  return (
    <li className={css.item}>
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
            <span className={css.title}>{view.title}</span>
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
    </li>
  );
}
