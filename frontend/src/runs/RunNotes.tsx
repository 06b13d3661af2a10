import { Gauge, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { errorWords } from "@/i18n/errorWords";
import { Disclosure } from "@/ui";
import { isOver, type RunState } from "./fold";
import { handledIn, limitHit } from "./handled";
import css from "./RunNotes.module.css";

export interface RunNotesProps {
  run: RunState;
  /** What the step at a path is called; "" where that is not known. */
  titleOf: (path: string) => string;
  /** Leads to where limits are set, for those who may. */
  onLimits?: () => void;
}

/** What is worth knowing of a run that has ended, besides its answer: what it coped with, and which limit it came to. */
export function RunNotes({ run, titleOf, onLimits }: RunNotesProps) {
  const { t, i18n } = useTranslation("runs");
  const handled = handledIn(run);
  const count = Math.max(run.handled, handled.length);
  const limit = limitHit(run);
  if (!isOver(run.status) || (count === 0 && !limit)) return null;
  const most = limit && run.limits[limit];
  return (
    <div className={css.notes}>
      {limit && (
        <p className={css.note}>
          <Gauge aria-hidden="true" />
          <span>
            {typeof most === "number"
              ? t(`notes.limit.${limit}`, { most: new Intl.NumberFormat(i18n.language).format(most) })
              : t("notes.limit.unknown")}{" "}
            {onLimits && (
              <button type="button" className={css.link} onClick={onLimits}>
                {t("notes.change")}
              </button>
            )}
          </span>
        </p>
      )}
      {count > 0 && (
        <div className={css.note}>
          <ShieldCheck aria-hidden="true" />
          <Disclosure label={t("list.handled", { count })}>
            <ul className={css.list}>
              {handled.map(({ path, error, how }) => (
                <li key={path}>
                  <strong>{titleOf(path) || t("notes.someStep")}</strong> {errorWords(error).message}{" "}
                  <span className={css.how}>{t(`notes.how.${how}`)}</span>
                </li>
              ))}
              {count > handled.length && <li>{t("notes.aside", { count: count - handled.length })}</li>}
            </ul>
          </Disclosure>
        </div>
      )}
    </div>
  );
}
