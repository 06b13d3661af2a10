import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import css from "./Replies.module.css";
import { repliesOf } from "./replies";
import { useRun } from "./runStore";

/** Round by round what the model of the agent at a path said, and which tools it called with what. */
export function Replies({ path }: { path: string }) {
  const { t } = useTranslation("runs");
  const steps = useRun((view) => view.run.steps);
  const rounds = useRun((view) => view.run.rounds);
  const replies = useMemo(() => repliesOf({ steps, rounds }, path), [steps, rounds, path]);
  if (replies.length === 0) return null;
  return (
    <section className={css.replies} aria-label={t("replies.title")}>
      <h3 className={css.title}>{t("replies.title")}</h3>
      <ol className={css.list}>
        {replies.map(({ number, isOpen, text, calls }) => (
          <li key={number} className={css.reply}>
            <span className={css.number}>{t("replies.round", { number })}</span>
            {isOpen && <span className={css.quiet}>{t("replies.open")}</span>}
            {text && <p className={css.text}>{text}</p>}
            {calls.length > 0 && (
              <ul className={css.calls}>
                {calls.map(({ tool, given }, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the calls of a reply never change
                  <li key={i}>
                    {t("replies.called", { tool })} <code className={css.given}>{given}</code>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
