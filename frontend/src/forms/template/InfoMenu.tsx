import { type CSSProperties, Fragment, useLayoutEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { preview, useFormWorld } from "../info";
import type { Choice } from "./choices";
import css from "./InfoMenu.module.css";

export interface InfoMenuProps {
  id: string;
  choices: readonly Choice[];
  active: number;
  /** Where the caret is on screen. */
  at: { left: number; top: number; bottom: number };
  onActive: (index: number) => void;
  onChoose: (choice: Choice) => void;
}

export const optionId = (menu: string, index: number): string => `${menu}-${index}`;

const HEIGHT = 320;
const WIDTH = 340;

/** Information to insert, by step, nearest first, with what it was last time. The focus stays in the text. */
export function InfoMenu({ id, choices, active, at, onActive, onChoose }: InfoMenuProps) {
  const { t } = useTranslation("forms");
  const { lastValue, info, sharesNothing } = useFormWorld();
  const list = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is scrolled when the active one changes
  useLayoutEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView?.({ block: "nearest" });
  }, [active]);

  const below = at.bottom + HEIGHT < window.innerHeight || at.top < HEIGHT;
  const style: CSSProperties = {
    left: Math.max(8, Math.min(at.left, window.innerWidth - WIDTH - 8)),
    width: WIDTH,
    maxHeight: HEIGHT,
    ...(below ? { top: at.bottom + 6 } : { bottom: window.innerHeight - at.top + 6 }),
  };
  return createPortal(
    <div className={css.menu} style={style}>
      <div ref={list} id={id} role="listbox" aria-label={t("info.menu")}>
        {choices.map((choice, i) => {
          const last = preview(lastValue(choice.step.node, choice.field.path), 48);
          const isFirst = i === 0 || choices[i - 1]?.step !== choice.step;
          return (
            <Fragment key={`${choice.step.node}.${choice.field.path.join(".")}`}>
              {isFirst && (
                <div className={css.step} role="presentation">
                  <span
                    className={css.dot}
                    style={{ background: `var(--${choice.step.group.toLowerCase()})` }}
                    aria-hidden="true"
                  />
                  {choice.step.title}
                </div>
              )}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text, which names the active option */}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the text's own key handling moves and chooses */}
              <div
                id={optionId(id, i)}
                className={css.option}
                role="option"
                aria-selected={i === active}
                onPointerMove={() => i !== active && onActive(i)}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => onChoose(choice)}
              >
                <span className={css.field}>{choice.field.title}</span>
                <span className={css.last}>{last || t(`kinds.${choice.field.kind}`)}</span>
              </div>
            </Fragment>
          );
        })}
        {choices.length === 0 && (
          <p className={css.nothing}>{info.length === 0 ? t("info.noneBefore") : t("info.noneFits")}</p>
        )}
      </div>
      {sharesNothing && (
        <Link
          className={css.share}
          to="/settings/environment"
          onMouseDown={(event) => event.preventDefault()}
        >
          {t("info.share")}
        </Link>
      )}
    </div>,
    document.body,
  );
}
