import { CircleCheck, CirclePause, CircleSlash, CircleX, Hand, ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Insights, RunFilter } from "@/api/types";
import { useUsageWords } from "@/settings/useUsageWords";
import { Section } from "@/ui";
import { share } from "./figures";
import css from "./insights.module.css";

const KINDS = [
  { name: "answered", only: "succeeded", Icon: CircleCheck, tone: "ok" },
  { name: "failed", only: "failed", Icon: CircleX, tone: "bad" },
  { name: "waiting", only: "waiting", Icon: CirclePause, tone: "warn" },
  { name: "stopped", only: "stopped", Icon: CircleSlash, tone: "" },
  { name: "asked_people", only: null, Icon: Hand, tone: "" },
  { name: "good", only: null, Icon: ThumbsUp, tone: "ok" },
  { name: "bad", only: "bad", Icon: ThumbsDown, tone: "bad" },
] as const satisfies readonly {
  name: keyof Insights["total"];
  only: RunFilter | null;
  Icon: typeof Hand;
  tone: string;
}[];

/** What came of the messages, each kind with its share and the way to its runs. */
export function Outcomes({ app, total }: { app: string; total: Insights["total"] }) {
  const { t } = useTranslation("insights");
  const { count } = useUsageWords();
  const shown = KINDS.filter(({ name }) => name === "answered" || total[name] > 0);
  return (
    <Section card title={t("outcomes.title")}>
      <ul className={css.outcomes}>
        {shown.map(({ name, only, Icon, tone }) => (
          <li key={name} className={css.outcome}>
            <Icon className={css.icon} data-tone={tone} aria-hidden="true" />
            <span className={css.name}>{t(`outcomes.${name}`)}</span>
            <span className={css.value}>
              {count(total[name])}
              <span className={css.quiet}>
                {" "}
                {t("percent", { value: share(total[name], wholeOf(name, total)) ?? 0 })}
              </span>
            </span>
            <span className={css.way}>
              {only !== null && total[name] > 0 && (
                <Link
                  to={`/apps/${app}/runs?only=${only}`}
                  aria-label={t("outcomes.showOf", { kind: t(`outcomes.${name}`) })}
                >
                  {t("outcomes.show")}
                </Link>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What a kind is a part of: those who said what they think are few. */
const wholeOf = (name: keyof Insights["total"], total: Insights["total"]): number =>
  name === "good" || name === "bad" ? total.good + total.bad : total.messages;
