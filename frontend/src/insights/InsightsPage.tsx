import { useQuery } from "@tanstack/react-query";
import { ChartColumn } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { insightsQuery } from "@/api/queries";
import type { Insights } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { useUsageWords } from "@/settings/useUsageWords";
import { Banner, Button, EmptyState, Loading, Page, Section, Segmented, Switch } from "@/ui";
import { DayChart } from "./DayChart";
import { Faults } from "./Faults";
import { share, topIssue } from "./figures";
import css from "./insights.module.css";
import { Outcomes } from "./Outcomes";
import { SlowSteps } from "./SlowSteps";

const STRETCHES = ["7", "30", "90"] as const;
type Stretch = (typeof STRETCHES)[number];

/** `/apps/:id/insights`: who used the app, what came of it, what it cost, and what to mend first. */
export default function InsightsPage() {
  const { t } = useTranslation("insights");
  const { t: common } = useTranslation("common");
  const { id = "" } = useParams();
  const [days, setDays] = useState<Stretch>("30");
  const [withTries, setWithTries] = useState(false);
  const { data, error, refetch } = useQuery(insightsQuery(id, Number(days), withTries));
  const fault = data ? null : error;
  const worst = data && topIssue(id, data);
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        worst && (
          <Button look="primary" asChild>
            <Link to={worst}>{t("fixTop")}</Link>
          </Button>
        )
      }
    >
      <div className={css.choices}>
        <Segmented
          label={t("stretch")}
          value={days}
          onChange={setDays}
          options={STRETCHES.map((value) => ({ value, label: t(`stretches.${value}`) }))}
        />
        <Switch checked={withTries} onChange={setWithTries} label={t("tries")} />
      </div>
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {!data && !fault && <Loading label={common("state.loading")} lines={6} />}
      {data?.total.messages === 0 && (
        <EmptyState
          icon={<ChartColumn />}
          title={t("none")}
          action={
            <Button look="primary" asChild>
              <Link to={`/apps/${id}/share`}>{t("noneAction")}</Link>
            </Button>
          }
        >
          {t("noneHelp")}
        </EmptyState>
      )}
      {data && data.total.messages > 0 && <Figures app={id} seen={data} />}
      {data && data.use.deleted > 0 && (
        <Banner tone="info">{t("deleted", { count: data.use.deleted })}</Banner>
      )}
    </Page>
  );
}

function Figures({ app, seen }: { app: string; seen: Insights }) {
  const { t } = useTranslation("insights");
  const { count, cost } = useUsageWords();
  const { total, use } = seen;
  const liked = share(total.good, total.good + total.bad);
  return (
    <>
      <dl className={css.sums}>
        {(
          [
            [t("sum.conversations"), count(total.conversations)],
            [t("sum.people"), count(total.people)],
            [t("sum.answered"), t("percent", { value: share(total.answered, total.messages) ?? 0 })],
            [t("sum.liked"), liked === null ? t("notRated") : t("percent", { value: liked })],
            [t("sum.cost"), cost(use)],
            [t("sum.tokens"), count(use.tokens)],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className={css.sum}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {seen.faults.length > 0 && <Faults app={app} faults={seen.faults} />}
      <DayChart days={seen.days} />
      <Outcomes app={app} total={total} />
      {seen.steps.steps.length > 0 && (
        <Section card title={t("slow.title")} text={t("slow.text", { count: seen.steps.runs })}>
          <SlowSteps app={app} steps={seen.steps.steps} />
        </Section>
      )}
    </>
  );
}
