import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { auditQuery, membersQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Loading, Page, Section, Select } from "@/ui";
import { AuditRow } from "./AuditRow";
import { groupWords } from "./auditWords";
import css from "./people.module.css";

/** What was done in the workspace, for its owners. */
export default function AuditPage() {
  const { t } = useTranslation("audit");
  const may = useMay();
  return (
    <Page title={t("title")} lead={t("lead")}>
      {may.own ? <Log /> : <p className={css.quiet}>{t("onlyOwners")}</p>}
    </Page>
  );
}

function Log() {
  const { t, i18n } = useTranslation("audit");
  const { t: common } = useTranslation("common");
  const [group, setGroup] = useState("");
  const [who, setWho] = useState("");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(group, who),
  );
  const { data: members } = useQuery(membersQuery);
  const entries = data?.pages.flatMap((page) => page.entries);
  const groups = data?.pages[0]?.groups ?? [];
  const people = new Map(entries?.filter((one) => one.who_id).map((one) => [one.who_id ?? "", one.who]));
  for (const member of members ?? []) people.set(member.user_id, member.name || member.email);
  return (
    <>
      <div className={css.filters}>
        <Field label={t("filter")}>
          {(control) => (
            <Select
              {...control}
              value={group}
              onChange={setGroup}
              options={[
                { value: "", label: t("all") },
                ...groups.map((one) => ({ value: one, label: groupWords(i18n, one) })),
              ]}
            />
          )}
        </Field>
        <Field label={t("who")}>
          {(control) => (
            <Select
              {...control}
              value={who}
              onChange={setWho}
              options={[
                { value: "", label: t("everyone") },
                ...[...people].map(([value, label]) => ({ value, label })),
              ]}
            />
          )}
        </Field>
      </div>
      <Section card label={t("title")}>
        <FaultBanner error={error} onRetry={() => void refetch()} />
        {!entries && !error && <Loading label={common("state.loading")} lines={5} />}
        {entries?.length === 0 && <p className={css.quiet}>{t("none")}</p>}
        {entries && entries.length > 0 && (
          <ul className={css.list}>
            {entries.map((entry) => (
              <li key={entry.id}>
                <AuditRow entry={entry} />
              </li>
            ))}
          </ul>
        )}
        {hasNextPage && (
          <div>
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("more")}
            </Button>
          </div>
        )}
      </Section>
    </>
  );
}
