import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { RunSummary } from "@/api/types";
import { errorWords } from "@/i18n/errorWords";
import { ago, moment } from "@/i18n/time";
import { OriginLine } from "../again/OriginLine";
import { RunStateBadge, useReason } from "./RunStateBadge";
import css from "./Runs.module.css";
import { useTook } from "./useTook";

/** One run in the list: what was asked, what came of it, and, where it does not simply go on, why. */
export function RunRow({ run, app }: { run: RunSummary; app: string }) {
  const { t, i18n } = useTranslation("runs");
  const reason = useReason(run);
  const took = useTook();
  const facts = [
    t(`audience.${run.audience}`),
    ...took(run),
    ...(run.handled_errors > 0 ? [t("list.handled", { count: run.handled_errors })] : []),
    ...(run.version === null ? [] : [t("list.version", { number: run.version })]),
  ];
  return (
    <>
      <Link className={css.row} to={`/apps/${app}/runs/${run.id}`}>
        <span className={css.head}>
          <RunStateBadge run={run} />
          <time className={css.quiet} dateTime={run.created_at} title={moment(run.created_at, i18n.language)}>
            {ago(run.created_at, i18n.language)}
          </time>
        </span>
        <span className={css.query}>{run.query || t("list.noText")}</span>
        {run.error ? (
          <span className={css.problem}>{errorWords(run.error).message}</span>
        ) : (
          run.answer && <span className={css.answer}>{run.answer}</span>
        )}
        {reason && <span className={css.reason}>{reason}</span>}
        <span className={css.quiet}>{facts.join(" · ")}</span>
      </Link>
      {run.origin && <OriginLine app={app} origin={run.origin} />}
    </>
  );
}
