import { Group as GroupIcon, Pin, Plus, TriangleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { Graph, GraphNode, StepGroup } from "@/api/types";
import { notesOf, stepGroupsOf } from "@/flow-kit/beside";
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
import { tint } from "./colours";
import { useDraft, useEditor } from "./context";
import { placeAfter } from "./edits";
import { type DrawnFlow, draw, type FlowWords } from "./flow";
import { openGroup, openPicker } from "./moves";
import css from "./Outline.module.css";
import { outlineItems } from "./outlineOrder";

const OutlineNotes = lazy(() => import("./notes/OutlineNotes"));

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
      <Steps graph={graph} groups={stepGroupsOf(graph)} drawn={drawn} label={t("outline.label")} />
      {notesOf(graph).length > 0 && (
        <Suspense>
          <OutlineNotes />
        </Suspense>
      )}
    </div>
  );
}

interface StepsProps {
  graph: Graph;
  /** All groups of the workflow. */
  groups: readonly StepGroup[];
  drawn: DrawnFlow;
  label: string;
}

/** The steps of one graph, each with the steps it holds, and those of a group under its name. */
function Steps({ graph, groups, drawn, label }: StepsProps) {
  const { t } = useTranslation("editor");
  const { types } = useEditor();
  const steps = readingOrder(graph, (n) => startsRun(types.get(n.type)));
  const items = outlineItems(steps, groups);
  const told = items.flatMap((item) => (item.kind === "step" ? [item.id] : item.ids));
  const step = (id: string) => {
    const view = drawn.views.get(id);
    if (!view) return null;
    const from = edgesInto(graph, id).map((e) => {
      const source = drawn.views.get(e.source);
      const path =
        source && source.ports.length > 1 ? source.ports.find((p) => p.name === e.port)?.title : "";
      return path ? t("outline.fromPath", { title: source?.title, path }) : (source?.title ?? e.source);
    });
    // What simply follows on needs no word about where it comes from.
    const before = told[told.indexOf(id) - 1];
    const isPlain =
      from.length === 1 &&
      edgesInto(graph, id)[0]?.source === before &&
      from[0] === drawn.views.get(before ?? "")?.title;
    return (
      <li key={id} className={css.item}>
        <Row id={id} view={view} from={isPlain || from.length === 0 ? "" : from.join(", ")} />
        {view.frame !== "" && <Inside node={nodeById(graph, id)} groups={groups} view={view} drawn={drawn} />}
      </li>
    );
  };
  return (
    <ol className={css.list} aria-label={label}>
      {items.map((item) =>
        item.kind === "step" ? (
          step(item.id)
        ) : (
          <li key={`group ${item.group.id}`} className={css.group} style={tint(item.group.colour)}>
            <GroupHead group={item.group} />
            <ol
              className={css.list}
              aria-label={t("outline.group", { title: item.group.title || t("stepGroups.unnamed") })}
            >
              {item.ids.map(step)}
            </ol>
          </li>
        ),
      )}
    </ol>
  );
}

function GroupHead({ group }: { group: StepGroup }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const mayEdit = useMay().edit;
  const title = group.title || t("stepGroups.unnamed");
  return (
    <h3 className={css.groupHead}>
      <span>{title}</span>
      {mayEdit && (
        <IconButton label={t("stepGroups.open", { title })} onClick={() => openGroup(editor, group.id)}>
          <GroupIcon />
        </IconButton>
      )}
    </h3>
  );
}

/** What a step holds: its steps, and the way to add the first. */
function Inside({
  node,
  groups,
  view,
  drawn,
}: {
  node: GraphNode | undefined;
  groups: readonly StepGroup[];
  view: StepView;
  drawn: DrawnFlow;
}) {
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
      <Steps
        graph={bodyOf(node)}
        groups={groups}
        drawn={drawn}
        label={t("outline.inside", { title: view.title })}
      />
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
