import { memo } from "react";
import { exitsHeight, FRAME } from "@/flow-kit/frames";
import type { CardProps } from "@/flow-kit/parts";
import { groupColour, StepIcon } from "@/flow-kit/StepIcon";
import { GRIP } from "@/flow-kit/sized";
import frame from "../FrameCard.module.css";
import card from "../StepCard.module.css";
import css from "./Compare.module.css";
import { Mark, useMark } from "./Mark";

/** A step as in the editor, but to be looked at only: its last row says whether it is new, changed or gone. */
export const ComparedStep = memo(function ComparedStep({ id, view, selected, isFar }: CardProps) {
  const { kind, label } = useMark(id, view.label);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a step is not a form's fieldset
    <div
      className={`${card.card} ${css.compared}`}
      style={groupColour(view.group)}
      data-step={id}
      data-change={kind}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      role="group"
      aria-label={label}
    >
      {isFar ? (
        <div className={card.far}>
          <StepIcon icon={view.icon} group={view.group} size="l" />
          <span className={card.farTitle}>{view.title}</span>
        </div>
      ) : (
        <>
          <div className={card.head}>
            <StepIcon icon={view.icon} group={view.group} />
            <span className={card.title} title={view.title}>
              {view.title}
            </span>
          </div>
          <p className={card.sentence}>{view.sentence}</p>
          {view.ports.length > 1 && (
            <ul className={card.ports}>
              {view.ports.map((port) => (
                <li key={port.name}>{port.title}</li>
              ))}
            </ul>
          )}
        </>
      )}
      <div className={card.strip}>
        <Mark id={id} />
      </div>
    </div>
  );
});

/** The same for a step that holds steps. */
export const ComparedFrame = memo(function ComparedFrame({ id, view, selected, isFar }: CardProps) {
  const { kind, label } = useMark(id, view.label);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a step is not a form's fieldset
    <div
      className={`${frame.frame} ${css.compared}`}
      style={groupColour(view.group)}
      data-step={id}
      data-change={kind}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      role="group"
      aria-label={label}
    >
      <div className={`${frame.head} ${GRIP}`} style={{ height: FRAME.head }}>
        <StepIcon icon={view.icon} group={view.group} size={isFar ? "l" : "m"} />
        <div className={frame.titles}>
          <span className={card.title} title={view.title}>
            {view.title}
          </span>
          {!isFar && <p className={frame.sentence}>{view.sentence}</p>}
        </div>
      </div>
      {view.ports.length > 1 && (
        <ul className={frame.ports} style={{ height: exitsHeight(view.ports.length) }}>
          {view.ports.map((port) => (
            <li key={port.name}>{isFar ? "" : port.title}</li>
          ))}
        </ul>
      )}
      <div className={frame.inside} />
      <div className={frame.strip}>
        <Mark id={id} />
      </div>
    </div>
  );
});
