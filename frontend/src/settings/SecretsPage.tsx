import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { secretsQuery, sessionQuery } from "@/api/queries";
import type { Secret } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { SecretDialog } from "@/forms/secrets/SecretDialog";
import { Button, EmptyState, Loading, Page } from "@/ui";
import { SecretCard } from "./SecretCard";
import css from "./secrets.module.css";

/** Keys for other services: their names, hosts and uses. What they hold is shown nowhere. */
export default function SecretsPage() {
  const { t } = useTranslation("secrets");
  const { t: common } = useTranslation("common");
  const { data: session } = useQuery(sessionQuery);
  const isViewer = session?.role === "viewer";
  const { data, error, refetch } = useQuery({ ...secretsQuery, enabled: session !== undefined && !isViewer });
  // A secret to replace, null for a new one, undefined while no dialog is open.
  const [open, setOpen] = useState<Secret | null>();
  const fault = data ? null : error;
  const isOwner = session?.role === "owner";
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        isOwner && (
          <Button look="primary" icon={<Plus />} disabled={!data} onClick={() => setOpen(null)}>
            {t("add")}
          </Button>
        )
      }
    >
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {isViewer && <p className={css.quiet}>{t("viewer")}</p>}
      {!data && !fault && !isViewer && <Loading label={common("state.loading")} />}
      {data?.secrets.length === 0 && (
        <div className={css.empty}>
          <EmptyState title={t("emptyTitle")}>{t("emptyText")}</EmptyState>
        </div>
      )}
      {data && data.secrets.length > 0 && (
        <ul className={css.list}>
          {data.secrets.map((secret) => (
            <li key={secret.id}>
              <SecretCard secret={secret} mayChange={isOwner} onReplace={() => setOpen(secret)} />
            </li>
          ))}
        </ul>
      )}
      {open !== undefined && <SecretDialog secret={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
