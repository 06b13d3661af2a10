import { useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { runsQuery } from "@/api/queries";
import type { RunFilter } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Field, Loading, Page, Section, Select } from "@/ui";
import { RunRow } from "./RunRow";
import css from "./Runs.module.css";

const FILTERS: readonly RunFilter[] = [
  "",
  "open",
  "waiting",
  "succeeded",
  "failed",
  "stopped",
  "recovered",
  "bad",
];

/** `/apps/:id/runs`: every message the app was given, what became of it, and why one does not go on. */
export default function RunsPage() {
  const { t } = useTranslation(["runs", "common"]);
  const { id = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const only = FILTERS.find((one) => one === search.get("only")) ?? "";
  const setOnly = (next: string) => setSearch(next ? { only: next } : {}, { replace: true });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    runsQuery(id, only),
  );
  const runs = data?.pages.flatMap((page) => page.runs);
  return (
    <Page title={t("list.title")} lead={t("list.lead")}>
      <div className={css.filter}>
        <Field label={t("list.filter")}>
          {(control) => (
            <Select
              {...control}
              value={only}
              onChange={setOnly}
              options={FILTERS.map((value) => ({ value, label: t(`list.only.${value || "all"}`) }))}
            />
          )}
        </Field>
      </div>
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {!runs && !error && <Loading label={t("common:state.loading")} lines={6} />}
      {runs?.length === 0 && (
        <EmptyState
          icon={<History />}
          title={only ? t("list.noneOfKind") : t("list.none")}
          action={
            !only && (
              <Button look="primary" asChild>
                <Link to={`/apps/${id}/build`}>{t("list.try")}</Link>
              </Button>
            )
          }
        >
          {!only && t("list.noneHelp")}
        </EmptyState>
      )}
      {runs && runs.length > 0 && (
        <Section card label={t("list.title")}>
          <ul className={css.list}>
            {runs.map((run) => (
              <li key={run.id}>
                <RunRow run={run} app={id} />
              </li>
            ))}
          </ul>
          {hasNextPage && (
            <div>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t("list.more")}
              </Button>
            </div>
          )}
        </Section>
      )}
    </Page>
  );
}
