import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { retentionPreviewQuery, retentionQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Loading, Page, Section } from "@/ui";
import { ClearingRound } from "./ClearingRound";
import { RetentionForm } from "./RetentionForm";
import { RetentionGoes } from "./RetentionGoes";
import { isOpen } from "./retention";
import css from "./retention.module.css";
import { useRetentionWords } from "./useRetentionWords";

/** How long runs are kept, what would go by that, and how far deleting it is. */
export default function RetentionPage() {
  const { t } = useTranslation("retention");
  const { t: common } = useTranslation("common");
  const { wishes } = useRetentionWords();
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(retentionQuery);
  const isOwner = session?.role === "owner";
  const open = isOpen(data?.clearing);
  const isWanted = data !== undefined && (data.runs_days !== null || data.runs_mb !== null);
  const goes = useQuery({ ...retentionPreviewQuery, enabled: isOwner && isWanted && !open });
  const fault = data ? null : error;
  return (
    <Page title={t("title")} lead={t("lead")}>
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {!data && !fault && <Loading label={common("state.loading")} />}
      {data && isOwner && <RetentionForm key={`${data.runs_days}-${data.runs_mb}`} kept={data} />}
      {data && session && !isOwner && (
        <Section card title={t("wish.title")}>
          {wishes(data).map((line) => (
            <p key={line}>{line}</p>
          ))}
          <p className={css.quiet}>{t("wish.askOwner")}</p>
        </Section>
      )}
      {data?.clearing && <ClearingRound clearing={data.clearing} mayStop={isOwner} />}
      {isOwner && isWanted && !open && (
        <Section card title={t("goes.title")}>
          <FaultBanner error={goes.data ? null : goes.error} onRetry={() => void goes.refetch()} />
          {goes.isPending && <Loading label={common("state.loading")} />}
          {goes.data && <RetentionGoes seen={goes.data} />}
        </Section>
      )}
      <Section card title={t("about.title")}>
        <ul className={css.about}>
          <li>{t("about.run")}</li>
          <li>{t("about.talk")}</li>
          <li>{t("about.stays")}</li>
        </ul>
      </Section>
    </Page>
  );
}
