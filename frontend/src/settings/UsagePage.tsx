import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usageQuery } from "@/api/queries";
import type { WorkspaceUse } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Banner, EmptyState, Loading, Page, Section, Segmented } from "@/ui";
import { UsageByDay } from "./UsageByDay";
import { UsageTable } from "./UsageTable";
import css from "./usage.module.css";
import { usePersonWords, useUsageWords } from "./useUsageWords";

const STRETCHES = ["7", "30", "90"] as const;
type Stretch = (typeof STRETCHES)[number];

/** What the workspace's apps used of AI models: in all, by day, by app, and for owners by person. */
export default function UsagePage() {
  const { t } = useTranslation("usage");
  const { t: common } = useTranslation("common");
  const [days, setDays] = useState<Stretch>("30");
  const { data, error, refetch } = useQuery(usageQuery(Number(days)));
  const fault = data ? null : error;
  return (
    <Page title={t("title")} lead={t("lead")}>
      <div>
        <Segmented
          label={t("stretch")}
          value={days}
          onChange={setDays}
          options={STRETCHES.map((value) => ({ value, label: t(`days.${value}`) }))}
        />
      </div>
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {!data && !fault && <Loading label={common("state.loading")} lines={6} />}
      {data?.total.runs === 0 && (
        <EmptyState title={t("none")} action={<Link to="/">{t("none_action")}</Link>} />
      )}
      {data && data.total.runs > 0 && <Figures seen={data} />}
    </Page>
  );
}

function Figures({ seen }: { seen: WorkspaceUse }) {
  const { t } = useTranslation("usage");
  const { count, cost } = useUsageWords();
  const person = usePersonWords();
  const { total } = seen;
  return (
    <>
      <dl className={css.sums}>
        {(
          [
            [t("sum.runs"), count(total.runs)],
            [t("sum.tokens"), count(total.tokens)],
            [t("sum.cost"), cost(total)],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className={css.sum}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {total.unpriced > 0 && <Banner tone="info">{t("unpriced", { count: total.unpriced })}</Banner>}
      <UsageByDay days={seen.days} />
      <Section card title={t("byApp")}>
        <UsageTable
          of={t("app")}
          rows={seen.apps.map((app) => ({
            ...app,
            id: app.id ?? "",
            name: app.is_gone ? t("gone", { name: app.name }) : app.name || t("noApp"),
            to: app.id && !app.is_gone ? `/apps/${app.id}/runs` : undefined,
          }))}
        />
      </Section>
      {seen.people && (
        <Section card title={t("byPerson")}>
          <UsageTable
            of={t("person")}
            rows={seen.people.map((one, i) => ({ ...one, id: `${i}`, name: person(one) }))}
          />
        </Section>
      )}
    </>
  );
}
