import { useTranslation } from "react-i18next";
import type { DayUse } from "@/api/types";
import { day } from "@/i18n/time";
import { Section } from "@/ui";
import css from "./usage.module.css";
import { useUsageWords } from "./useUsageWords";

/**
 * A bar a day, as high as the runs of that day, each with its figures in words for whoever points at it or
 * listens.
 */
export function UsageByDay({ days }: { days: DayUse[] }) {
  const { t, i18n } = useTranslation("usage");
  const { count, cost } = useUsageWords();
  const most = Math.max(1, ...days.map((one) => one.runs));
  const when = (iso: string) => day(`${iso}T12:00:00Z`, i18n.language);
  const words = (one: DayUse) =>
    `${when(one.day)}: ${t("sum.runs")} ${count(one.runs)} · ${t("sum.tokens")} ${count(one.tokens)} · ${t("sum.cost")} ${cost(one)}`;
  const first = days[0];
  const last = days.at(-1);
  return (
    <Section card title={t("byDay")}>
      <ul className={css.bars}>
        {days.map((one) => (
          <li key={one.day} className={css.bar} title={words(one)}>
            <span className="visually-hidden">{words(one)}</span>
            {one.runs > 0 && (
              <span
                className={css.fill}
                style={{ height: `${Math.max(3, (100 * one.runs) / most)}%` }}
                aria-hidden="true"
              />
            )}
          </li>
        ))}
      </ul>
      <p className={css.axis} aria-hidden="true">
        <span>{first && when(first.day)}</span>
        <span>{last && when(last.day)}</span>
      </p>
      <p className={css.quiet}>{t("dayIs")}</p>
    </Section>
  );
}
