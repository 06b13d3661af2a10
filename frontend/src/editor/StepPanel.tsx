import { CircleHelp, EllipsisVertical, Group, Repeat } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import { useMay } from "@/api/may";
import type { GraphNode, Json, Model } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf, type StepType, titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { FormWorldContext, type UsualModels } from "@/forms/info";
import { fieldId, SchemaForm } from "@/forms/SchemaForm";
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
  group,
  rename,
  repeat,
  ungroup,
} from "./actions";
import { printed } from "./actions/keys";
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
const StepResult = lazy(() => import("./StepResult"));

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
        action={count > 1 && <ForSeveral />}
      >
        {count > 1 ? t("step.severalHelp") : t("step.noneHelp")}
      </EmptyState>
    );
  }
  if (!type)
    return <EmptyState title={t("step.unknown", { type: node.type })}>{t("step.unknownHelp")}</EmptyState>;
  return <StepDetails key={node.id} node={node} type={type} {...props} />;
}

/** What can be done with several steps at once. */
function ForSeveral() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const actions = [
    { action: group, icon: <Group /> },
    { action: repeat, icon: <Repeat /> },
  ];
  return (
    <div className={css.several}>
      {actions.map(
        ({ action, icon }) =>
          action.enabled(editor) && (
            <Button key={action.id} icon={icon} onClick={() => action.perform(editor)}>
              {t(`actions.${action.label}`)}
            </Button>
          ),
      )}
    </div>
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
          <Suspense fallback={<Loading label={t("step.loadingResult")} />}>
            <StepResult node={node} type={type} />
          </Suspense>
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
      {item(group)}
      {ungroup.enabled(editor) && item(ungroup)}
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
