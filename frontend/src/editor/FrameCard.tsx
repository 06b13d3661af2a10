import { Plus } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { exitsHeight, FRAME } from "@/flow-kit/frames";
import { nodeById } from "@/flow-kit/graph";
import type { CardProps } from "@/flow-kit/parts";
import { useParts } from "@/flow-kit/parts";
import { groupColour, StepIcon } from "@/flow-kit/StepIcon";
import { GRIP } from "@/flow-kit/sized";
import { takesTools } from "@/flow-kit/stepTypes";
import { RoundSwitch } from "@/runs/RoundSwitch";
import { useRun } from "@/runs/runStore";
import { StatusLine, useStatusWords } from "@/runs/StatusLine";
import { useDraft, useEditor, useUi } from "./context";
import css from "./FrameCard.module.css";
import { IdleStrip } from "./IdleStrip";
import { PinMark, Title, TitleInput } from "./StepCard";

/** A step that holds steps: a frame around them, with its own (+), how far it has come, and the round looked at. */
export const FrameCard = memo(function FrameCard({ id, view, selected, isFar, begin }: CardProps) {
  const { t } = useTranslation("editor");
  const { runs, types } = useEditor();
  const areTools = useDraft((s) => takesTools(types.get(nodeById(s.graph, id)?.type ?? "")));
  const { onAdd } = useParts();
  const shown = useRun((s) => s.shown.get(id));
  const words = useStatusWords();
  const isRenaming = useUi((s) => s.renaming === id);
  const state = shown?.kind ?? (view.problem ? "problem" : "idle");
  const add = (target: HTMLElement) => onAdd?.({ frame: id }, target.getBoundingClientRect());
  const { progress } = shown ?? {};
  return (
    // biome-ignore lint/a11y/useSemanticElements: a step is not a form's fieldset
    <div
      className={css.frame}
      style={groupColour(view.group)}
      data-step={id}
      data-state={state}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      role="group"
      tabIndex={-1}
      aria-label={shown ? `${view.label} ${words(shown)}` : view.label}
      aria-current={selected || undefined}
    >
      <div className={`${css.head} ${GRIP}`} style={{ height: FRAME.head }}>
        <StepIcon icon={view.icon} group={view.group} size={isFar ? "l" : "m"} />
        <div className={css.titles}>
          {isRenaming ? <TitleInput id={id} title={view.title} /> : <Title id={id} title={view.title} />}
          {!isFar && <p className={css.sentence}>{view.sentence}</p>}
        </div>
        {view.isPinned && !isFar && <PinMark />}
        {shown?.rounds && !isFar && (
          <div className="nodrag">
            <RoundSwitch
              look="small"
              tabIndex={-1}
              title={view.title}
              rounds={shown.rounds}
              onChoose={runs.chooseRound}
            />
          </div>
        )}
      </div>
      {view.ports.length > 1 && (
        <ul className={css.ports} style={{ height: exitsHeight(view.ports.length) }}>
          {view.ports.map((port) => (
            <li key={port.name}>{isFar ? "" : port.title}</li>
          ))}
        </ul>
      )}
      <div className={css.inside}>
        {onAdd === null ? null : view.frame === "empty" ? (
          <button
            type="button"
            className={css.first}
            tabIndex={-1}
            onClick={(event) => add(event.currentTarget)}
          >
            <Plus aria-hidden="true" />
            <span>{t(areTools ? "tools.first" : "frame.empty")}</span>
          </button>
        ) : isFar ? null : (
          <button
            type="button"
            className={css.begin}
            style={{ top: begin, left: FRAME.side / 2 - 4 }}
            tabIndex={-1}
            aria-label={t(areTools ? "tools.add" : "frame.addFirst")}
            title={t(areTools ? "tools.add" : "frame.addFirst")}
            onClick={(event) => add(event.currentTarget)}
          >
            <Plus aria-hidden="true" />
          </button>
        )}
      </div>
      <div className={css.strip}>
        {progress?.total ? (
          <span
            className={css.bar}
            style={{ inlineSize: `${Math.min(1, progress.done / progress.total) * 100}%` }}
            aria-hidden="true"
          />
        ) : null}
        {isFar ? null : shown ? <StatusLine step={shown} /> : <IdleStrip view={view} />}
      </div>
    </div>
  );
});
