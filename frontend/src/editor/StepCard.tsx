import { Pin } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CardProps } from "@/flow-kit/parts";
import { groupColour, StepIcon } from "@/flow-kit/StepIcon";
import { useRun } from "@/runs/runStore";
import { StatusLine, useStatusWords } from "@/runs/StatusLine";
import { useEditor, useUi } from "./context";
import { setTitle } from "./edits";
import { IdleStrip } from "./IdleStrip";
import css from "./StepCard.module.css";

/** A step as one sees it: picture and title, a sentence from its settings, its ways out, how its last run went. */
export const StepCard = memo(function StepCard({ id, view, selected, isFar }: CardProps) {
  const shown = useRun((s) => s.shown.get(id));
  const words = useStatusWords();
  const isRenaming = useUi((s) => s.renaming === id);
  const state = shown?.kind ?? (view.problem ? "problem" : "idle");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a step is not a form's fieldset
    <div
      className={css.card}
      style={groupColour(view.group)}
      data-step={id}
      data-state={state}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      data-pulsing={shown?.isPulsing || undefined}
      role="group"
      tabIndex={-1}
      aria-label={shown ? `${view.label} ${words(shown)}` : view.label}
      aria-current={selected || undefined}
    >
      {isFar ? (
        <div className={css.far}>
          <StepIcon icon={view.icon} group={view.group} size="l" />
          <span className={css.farTitle}>{view.title}</span>
        </div>
      ) : (
        <>
          <div className={css.head}>
            <StepIcon icon={view.icon} group={view.group} />
            {isRenaming ? <TitleInput id={id} title={view.title} /> : <Title id={id} title={view.title} />}
            {view.isPinned && <PinMark />}
          </div>
          <p className={css.sentence}>{view.sentence}</p>
          {view.ports.length > 1 && (
            <ul className={css.ports}>
              {view.ports.map((port) => (
                <li key={port.name}>{port.title}</li>
              ))}
            </ul>
          )}
          <div className={css.strip}>{shown ? <StatusLine step={shown} /> : <IdleStrip view={view} />}</div>
        </>
      )}
    </div>
  );
});

/** Says on a card that the step has sample data; its label says so to who does not see it. */
export function PinMark() {
  const { t } = useTranslation("editor");
  return (
    <span className={css.pin} title={t("label.pinned")} aria-hidden="true">
      <Pin />
    </span>
  );
}

export function Title({ id, title }: { id: string; title: string }) {
  const { ui } = useEditor();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: F2 and the step's menu do the same by keyboard
    <span
      className={css.title}
      title={title}
      onDoubleClick={(event) => {
        event.stopPropagation();
        ui.setState({ renaming: id });
      }}
    >
      {title}
    </span>
  );
}

/** Enter and leaving keep the new title, Escape the old one; emptied, the step's own name comes back. */
export function TitleInput({ id, title }: { id: string; title: string }) {
  const { t } = useTranslation("editor");
  const { store, ui } = useEditor();
  const [text, setText] = useState(title);
  const finish = (keep: boolean) => {
    ui.setState({ renaming: null });
    if (keep && text.trim() !== title) store.getState().edit((g) => setTitle(g, id, text.trim()));
    document.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  };
  return (
    <input
      className={`${css.input} nodrag nopan`}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here
      autoFocus
      aria-label={t("step.title")}
      value={text}
      maxLength={100}
      onChange={(event) => setText(event.target.value)}
      onFocus={(event) => event.target.select()}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || event.keyCode === 229) return;
        if (event.key === "Enter") finish(true);
        else if (event.key === "Escape") finish(false);
        event.stopPropagation();
      }}
    />
  );
}
