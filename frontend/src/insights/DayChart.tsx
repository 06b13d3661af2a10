import { useTranslation } from "react-i18next";
import type { Insights } from "@/api/types";
import { day } from "@/i18n/time";
import { useUsageWords } from "@/settings/useUsageWords";
import { Disclosure, Section } from "@/ui";
import css from "./insights.module.css";

const WIDTH = 600;
const HEIGHT = 120;

/** Conversations as bars and people as a line, day by day; the same as a table for who would rather read it. */
export function DayChart({ days }: { days: Insights["days"] }) {
  const { t, i18n } = useTranslation("insights");
  const { count } = useUsageWords();
  const when = (one: Insights["days"][number]) => day(`${one.day}T12:00:00Z`, i18n.language);
  const most = Math.max(1, ...days.flatMap((one) => [one.conversations, one.people]));
  const step = WIDTH / days.length;
  const y = (value: number) => HEIGHT - (HEIGHT * value) / most;
  const middle = (i: number) => (i + 0.5) * step;
  const first = days[0];
  const last = days.at(-1);
  const best = days.reduce((a, b) => (b.conversations > a.conversations ? b : a));
  return (
    <Section card title={t("byDay.title")} text={t("byDay.text")}>
      <div className={css.legend} aria-hidden="true">
        <span className={css.bars}>{t("sum.conversations")}</span>
        <span className={css.line}>{t("sum.people")}</span>
        <span className={css.most}>{t("byDay.most", { count: most })}</span>
      </div>
      <svg
        className={css.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("byDay.chart", {
          first: first ? when(first) : "",
          last: last ? when(last) : "",
          best: when(best),
          count: best.conversations,
        })}
      >
        {days.map((one, i) => (
          <g key={one.day}>
            <title>{`${when(one)}: ${t("sum.conversations")} ${count(one.conversations)} · ${t("sum.people")} ${count(one.people)}`}</title>
            <rect className={css.column} x={i * step} y={0} width={step} height={HEIGHT} />
            <rect
              className={css.fill}
              x={i * step + step * 0.15}
              y={y(one.conversations)}
              width={step * 0.7}
              height={HEIGHT - y(one.conversations)}
            />
          </g>
        ))}
        <polyline
          className={css.people}
          points={days.map((one, i) => `${middle(i)},${y(one.people)}`).join(" ")}
        />
      </svg>
      <p className={css.axis} aria-hidden="true">
        <span>{first && when(first)}</span>
        <span>{last && when(last)}</span>
      </p>
      <Disclosure label={t("byDay.table")}>
        <DayTable days={days} when={when} />
      </Disclosure>
    </Section>
  );
}

interface DayTableProps {
  days: Insights["days"];
  when: (one: Insights["days"][number]) => string;
}

function DayTable({ days, when }: DayTableProps) {
  const { t } = useTranslation("insights");
  const { count } = useUsageWords();
  const columns = ["conversations", "people", "messages", "answered", "failed"] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={css.scroll} aria-label={t("byDay.table")} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t("byDay.day")}</th>
            {columns.map((name) => (
              <th key={name} scope="col" className={css.number}>
                {t(`column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((one) => (
            <tr key={one.day}>
              <th scope="row">{when(one)}</th>
              {columns.map((name) => (
                <td key={name} className={css.number}>
                  {count(one[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
