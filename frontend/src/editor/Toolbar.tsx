import {
  CircleHelp,
  Gauge,
  Group,
  List,
  Maximize,
  Minus,
  NotebookPen,
  Plus,
  Redo2,
  StickyNote,
  Undo2,
  Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useMay } from "@/api/may";
import { Button, IconButton } from "@/ui";
import {
  type Action,
  addNote,
  addStep,
  fit,
  group,
  help,
  limits,
  memory,
  outline,
  redo,
  tidyUp,
  undo,
  zoomIn,
  zoomOut,
} from "./actions";
import { printed } from "./actions/keys";
import { useEditor } from "./context";
import css from "./Toolbar.module.css";

/** Undo, order and zoom at the bottom of the canvas. */
export function Toolbar({ isOutline, isSmall }: { isOutline: boolean; isSmall: boolean }) {
  const { t } = useTranslation("editor");
  const { store } = useEditor();
  const mayEdit = useMay().edit;
  // Drawn again when the history or the graph changes, which is when the buttons may change.
  useStore(store.temporal, (s) => `${s.pastStates.length} ${s.futureStates.length}`);
  useStore(store, (s) => s.graph);
  useStore(store, (s) => s.selection);
  return (
    <div className={css.toolbar} role="toolbar" aria-label={t("toolbar.label")}>
      {mayEdit && (
        <>
          <Tool action={undo} icon={<Undo2 />} />
          <Tool action={redo} icon={<Redo2 />} />
          <span className={css.line} />
          <Tool action={addNote} icon={<StickyNote />} />
          <Tool action={group} icon={<Group />} />
        </>
      )}
      {!isOutline && (
        <>
          {mayEdit && <span className={css.line} />}
          {mayEdit && <Tool action={tidyUp} icon={<Workflow />} />}
          <Tool action={zoomOut} icon={<Minus />} />
          <Tool action={zoomIn} icon={<Plus />} />
          <Tool action={fit} icon={<Maximize />} />
        </>
      )}
      <span className={css.line} />
      {!isSmall && <Tool action={outline} icon={<List />} pressed={isOutline} />}
      <Tool action={memory} icon={<NotebookPen />} />
      <Tool action={limits} icon={<Gauge />} />
      <Tool action={help} icon={<CircleHelp />} />
    </div>
  );
}

function Tool({ action, icon, pressed }: { action: Action; icon: ReactNode; pressed?: boolean }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  return (
    <IconButton
      label={t(`actions.${action.label}`)}
      keys={action.keys[0] && printed(action.keys[0])}
      tooltipSide="top"
      aria-pressed={pressed}
      // Not `disabled`: a button that loses its use while it has the focus would lose the focus too.
      aria-disabled={!action.enabled(editor) || undefined}
      className={css.tool}
      onClick={() => action.enabled(editor) && action.perform(editor)}
    >
      {icon}
    </IconButton>
  );
}

export function AddStepButton() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  return (
    <Button className={css.add} icon={<Plus />} data-add-step="" onClick={() => addStep.perform(editor)}>
      {t("actions.addStep")}
    </Button>
  );
}
