import type { CSSProperties } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { intoView } from "@/ui";
import { preview, useFormWorld } from "../info";
import { byStep, type Choice } from "./choices";
import css from "./InfoMenu.module.css";

export interface InfoMenuProps {
  id: string;
  choices: readonly Choice[];
  active: number;
  /** Where the caret is on screen. */
  at: { left: number; top: number; bottom: number };
  onActive: (index: number) => void;
  onChoose: (choice: Choice) => void;
  /** The link to where shared information is added is followed. */
  onLeave?: () => void;
}

/** The place of the link below the choices. Without choices it is not the first: no Enter leads away unasked. */
export const linkAt = (choices: readonly Choice[]): number => Math.max(1, choices.length);

/** Where the arrow keys lead from `active`; the link below the choices is reached too. */
export function moved(choices: readonly Choice[], active: number, by: number, hasLink = false): number {
  const places = hasLink ? linkAt(choices) + 1 : Math.max(1, choices.length);
  return (active + by + places) % places;
}

export const optionId = (menu: string, index: number): string => `${menu}-${index}`;

const HEIGHT = 320;
const WIDTH = 340;

/** Information to insert, by step, nearest first, with what it was last time. The focus stays in the text. */
export function InfoMenu({ id, choices, active, at, onActive, onChoose, onLeave }: InfoMenuProps) {
  const { t } = useTranslation("forms");
  const { lastValue, info, sharesNothing } = useFormWorld();

  const below = at.bottom + HEIGHT < window.innerHeight || at.top < HEIGHT;
  const style: CSSProperties = {
    left: Math.max(8, Math.min(at.left, window.innerWidth - WIDTH - 8)),
    width: WIDTH,
    maxHeight: HEIGHT,
    ...(below ? { top: at.bottom + 6 } : { bottom: window.innerHeight - at.top + 6 }),
  };
  return createPortal(
    <div className={css.menu} style={style}>
      <div id={id} role="listbox" aria-label={t("info.menu")}>
        {byStep(choices).map(({ step, first, fields }) => (
          // biome-ignore lint/a11y/useSemanticElements: options of a listbox go by groups, not by fieldsets
          <div key={`${step.node} ${first}`} role="group" aria-label={step.title}>
            <div className={css.step} aria-hidden="true">
              <span className={css.dot} style={{ background: `var(--${step.group.toLowerCase()})` }} />
              {step.title}
            </div>
            {fields.map((field, place) => {
              const i = first + place;
              const last = preview(lastValue(step.node, field.path), 48);
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the text's own key handling moves and chooses
                <div
                  key={field.path.join(".")}
                  ref={i === active ? intoView : null}
                  id={optionId(id, i)}
                  className={css.option}
                  role="option"
                  tabIndex={-1}
                  aria-selected={i === active}
                  onPointerMove={() => i !== active && onActive(i)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onChoose({ step, field })}
                >
                  <span className={css.field}>{field.title}</span>
                  <span className={css.last}>{last || t(`kinds.${field.kind}`)}</span>
                </div>
              );
            })}
          </div>
        ))}
        {choices.length === 0 && (
          <p className={css.nothing}>{info.length === 0 ? t("info.noneBefore") : t("info.noneFits")}</p>
        )}
        {sharesNothing && (
          <Link
            ref={active === linkAt(choices) ? intoView : null}
            id={optionId(id, linkAt(choices))}
            className={css.share}
            role="option"
            aria-selected={active === linkAt(choices)}
            tabIndex={-1}
            to="/settings/environment"
            onPointerMove={() => onActive(linkAt(choices))}
            onMouseDown={(event) => event.preventDefault()}
            onClick={onLeave}
          >
            {t("info.share")}
          </Link>
        )}
      </div>
    </div>,
    // Beside a dialog nothing takes clicks.
    document.activeElement?.closest("[role=dialog]") ?? document.body,
  );
}
