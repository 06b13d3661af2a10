import { CircleHelp, EllipsisVertical, Repeat } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import { useMay } from "@/api/may";
import type { GraphNode, Json, Model } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf, type StepType, takesTools, titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { homeOf } from "@/flow-kit/tree";
import { FormWorldContext, type UsualModels } from "@/forms/info";
import { fieldId, SchemaForm } from "@/forms/SchemaForm";
import { objectOf } from "@/forms/schema";
import { StepAgain } from "@/runs/again/StepAgain";
import { withAskedTitles } from "@/runs/asked";
import { Changes } from "@/runs/Changes";
import { LastResult } from "@/runs/LastResult";
import { PinNote } from "@/runs/pins/PinNote";
import { Replies } from "@/runs/Replies";
import { RoundSwitch } from "@/runs/RoundSwitch";
import { resultWords } from "@/runs/resultWords";
import { useRun } from "@/runs/runStore";
import { WaitNote } from "@/runs/waits/RunWaits";
import {
  Button,
  Dialog,
  EmptyState,
  IconButton,
  Loading,
  Menu,
  MenuItem,
  MenuSeparator,
  Segmented,
} from "@/ui";
import {
  type Action,
  addInside,
  connectTo,
  deleteSelection,
  duplicate,
  failurePath,
  rename,
  repeat,
} from "./actions";
import { printed } from "./actions/keys";
import { CalledResult, useCalled } from "./CalledResult";
import { useDraft, useEditor, useUi } from "./context";
import { setField } from "./edits";
import { FailureSection } from "./failure/FailureSection";
import { focusField } from "./focusField";
import { useProblemWords } from "./problemWords";
import { TitleInput } from "./StepCard";
import css from "./StepPanel.module.css";
import { ToolList } from "./tools/ToolList";
import { ToolSection } from "./tools/ToolSection";
import { useFormWorldOf } from "./useFormWorld";

const Markdown = lazy(() => import("@/chat/Markdown"));

export interface StepPanelProps {
  models: readonly Model[];
  usual: UsualModels;
}

/** The selected step: its settings, and what happened in it last time. */
export function StepPanel(props: StepPanelProps) {
  const { t } = useTranslation("editor");
  const { types } = useEditor();
  const selected = useDraft((s) => (s.selection.length === 1 ? s.selection[0] : undefined));
  const count = useDraft((s) => s.selection.length);
  const node = useDraft((s) => (selected ? nodeById(s.graph, selected) : undefined));
  const type = node && types.get(node.type);
  if (!node) {
    return (
      <EmptyState
        title={count > 1 ? t("step.several", { count }) : t("step.none")}
        action={count > 1 && <RepeatButton />}
      >
        {count > 1 ? t("step.severalHelp") : t("step.noneHelp")}
      </EmptyState>
    );
  }
  if (!type)
    return <EmptyState title={t("step.unknown", { type: node.type })}>{t("step.unknownHelp")}</EmptyState>;
  return <StepDetails key={node.id} node={node} type={type} {...props} />;
}

function RepeatButton() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  if (!repeat.enabled(editor)) return null;
  return (
    <Button icon={<Repeat />} onClick={() => repeat.perform(editor)}>
      {t("actions.repeat")}
    </Button>
  );
}

function StepDetails({ node, type, models, usual }: StepPanelProps & { node: GraphNode; type: StepType }) {
  const { t, i18n } = useTranslation("editor");
  const { ui } = useEditor();
  const view = useUi((s) => s.stepView);
  const isRenaming = useUi((s) => s.renaming === node.id && s.isOutline);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const may = useMay();
  const words = wordsOf(type, i18n.language);
  const { types } = useEditor();
  const title = titleOf(node, types, i18n.language);
  return (
    <>
      <header className={css.head}>
        <StepIcon icon={type.has_icon ? catalogue.iconUrl(type.type) : ""} group={groupOf(type)} />
        <div className={css.titles}>
          {isRenaming ? <TitleInput id={node.id} title={title} /> : <h2 className={css.title}>{title}</h2>}
          {title !== words.title && <span className={css.kind}>{words.title}</span>}
        </div>
        {words.doc && (
          <IconButton label={t("step.help", { title: words.title })} onClick={() => setHelpOpen(true)}>
            <CircleHelp />
          </IconButton>
        )}
        {may.edit && <StepMenu />}
      </header>
      <div className={css.switch}>
        <Segmented
          label={t("step.view")}
          value={view}
          onChange={(stepView) => ui.setState({ stepView })}
          options={[
            { value: "settings", label: t("step.settings") },
            { value: "result", label: t("step.result") },
          ]}
        />
      </div>
      <div className={css.body}>
        {view === "settings" ? (
          <>
            <fieldset className={css.settings} disabled={!may.edit}>
              <Settings node={node} type={type} models={models} usual={usual} />
            </fieldset>
            <ToolList node={node} type={type} />
            <ToolSection node={node} />
            <FailureSection node={node} type={type} />
          </>
        ) : (
          <Result node={node} type={type} />
        )}
      </div>
      <Dialog open={isHelpOpen} onOpenChange={setHelpOpen} title={words.title} size="l">
        <Suspense fallback={<Loading label={t("step.loadingHelp")} />}>
          <Markdown text={words.doc} />
        </Suspense>
      </Dialog>
    </>
  );
}

function StepMenu() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const item = (action: Action, danger = false) => (
    <MenuItem
      danger={danger}
      keys={action.keys[0] && printed(action.keys[0])}
      disabled={!action.enabled(editor)}
      // After the menu has given back the focus, so that what opens may take it.
      onSelect={() => setTimeout(() => action.perform(editor))}
    >
      {t(`actions.${action.label}`)}
    </MenuItem>
  );
  return (
    <Menu
      trigger={
        <IconButton label={t("step.menu")}>
          <EllipsisVertical />
        </IconButton>
      }
    >
      {addInside.enabled(editor) && item(addInside)}
      {item(rename)}
      {item(duplicate)}
      {item(connectTo)}
      {item(failurePath)}
      {item(repeat)}
      <MenuSeparator />
      {item(deleteSelection, true)}
    </Menu>
  );
}

function Settings({ node, type, models, usual }: StepPanelProps & { node: GraphNode; type: StepType }) {
  const { i18n } = useTranslation("editor");
  const editor = useEditor();
  const { store, world, ui } = editor;
  const words = wordsOf(type, i18n.language);
  const problems = useDraft((s) => s.problems);
  const problemWords = useProblemWords();
  const wanted = useUi((s) => s.wantedField);
  const form = useRef<HTMLDivElement>(null);
  const id = `step-${node.id}`;

  const faults = useMemo(
    () =>
      problems
        .filter((p) => p.node === node.id && p.field)
        .map((p) => ({ path: p.field ?? "", message: problemWords(p).message })),
    [problems, node.id, problemWords],
  );

  useEffect(() => {
    if (wanted === null) return;
    ui.setState({ wantedField: null });
    void focusField(form.current, wanted && fieldId(id, wanted));
  }, [wanted, ui, id]);

  const change = useCallback(
    (field: string, value: Json | undefined) =>
      store
        .getState()
        .edit((g) => setField(g, node.id, field, value, world()), { merge: `${node.id}.${field}` }),
    [store, node.id, world],
  );

  return (
    <FormWorldContext value={useFormWorldOf(node.id, models, usual)}>
      <div ref={form}>
        <SchemaForm
          id={id}
          schema={type.config}
          value={node.config}
          onChange={change}
          faults={faults}
          words={words.field}
        />
      </div>
    </FormWorldContext>
  );
}

function Result({ node, type }: { node: GraphNode; type: StepType }) {
  const { i18n } = useTranslation("editor");
  const { types, workflow } = useEditor();
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const path = useRun((s) => s.paths.get(node.id) ?? node.id);
  const step = useRun((s) => s.run.steps[path]);
  const shown = useRun((s) => s.shown.get(node.id));
  const runId = useRun((s) => s.runId);
  const isPaused = useRun((s) => s.run.isPaused);
  const output = shapes[node.id]?.output ?? type.output;
  const called = useCalled(node.id);
  const used = called.query.data;
  const words = useMemo(
    () => withAskedTitles(resultWords(type, output, i18n.language), called.node, types, used),
    [type, output, types, called.node, used, i18n.language],
  );
  const title = titleOf(node, types, i18n.language);
  return (
    <>
      <RoundsAround steps={[...homeOf(graph, node.id), node.id]} />
      {runId && step?.status === "waiting" && step.wait && (
        <div className={css.wait}>
          <WaitNote
            runId={runId}
            wait={step.wait}
            title={title}
            isPaused={isPaused}
            givesText={"text" in objectOf(output.properties)}
          />
        </div>
      )}
      <PinNote workflow={workflow} step={node.id} title={title} words={words} />
      <LastResult
        step={step}
        shown={shown}
        {...words}
        actions={<StepAgain path={path} type={type} title={title} step={step} words={words} />}
      />
      {takesTools(type) && <Replies path={path} />}
      <Changes path={path} />
      <CalledResult id={node.id} />
    </>
  );
}

/** Which round of each frame around the step its result is of. */
function RoundsAround({ steps }: { steps: readonly string[] }) {
  const { i18n } = useTranslation("editor");
  const { types, runs } = useEditor();
  const graph = useDraft((s) => s.graph);
  const shown = useRun((s) => s.shown);
  const repeated = steps.flatMap((id) => {
    const rounds = shown.get(id)?.rounds;
    const node = nodeById(graph, id);
    return rounds && node ? [{ id, rounds, title: titleOf(node, types, i18n.language) }] : [];
  });
  if (repeated.length === 0) return null;
  return (
    <div className={css.rounds}>
      {repeated.map(({ id, rounds, title }) => (
        <RoundSwitch key={id} look="full" title={title} rounds={rounds} onChoose={runs.chooseRound} />
      ))}
    </div>
  );
}
