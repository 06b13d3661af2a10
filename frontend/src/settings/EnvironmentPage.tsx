import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { environmentQuery, sessionQuery } from "@/api/queries";
import type { SharedInfo } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Page } from "@/ui";
import { SharedCard } from "./SharedCard";
import { SharedDialog } from "./SharedDialog";
import css from "./secrets.module.css";

/** Values that all apps of the workspace use by name: their kinds, what they are now, and who uses them. */
export default function EnvironmentPage() {
  // The words of the dialog's controls come along, so that opening it waits for nothing.
  const { t } = useTranslation(["environment", "forms"]);
  const { t: common } = useTranslation("common");
  const { data: session } = useQuery(sessionQuery);
  const isViewer = session?.role === "viewer";
  const { data, error, refetch } = useQuery({
    ...environmentQuery,
    enabled: session !== undefined && !isViewer,
  });
  // What is to be changed, null for something new, undefined while no dialog is open.
  const [open, setOpen] = useState<SharedInfo | null>();
  const fault = data ? null : error;
  const isOwner = session?.role === "owner";
  const add = () => setOpen(null);
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        isOwner && (
          <Button look="primary" icon={<Plus />} disabled={!data} onClick={add}>
            {t("add")}
          </Button>
        )
      }
    >
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {isViewer && <p className={css.quiet}>{t("viewer")}</p>}
      {!data && !fault && !isViewer && <Loading label={common("state.loading")} />}
      {data?.variables.length === 0 && (
        <div className={css.empty}>
          <EmptyState title={t("emptyTitle")}>{t(isOwner ? "emptyText" : "emptyAskOwner")}</EmptyState>
        </div>
      )}
      {data && data.variables.length > 0 && (
        <ul className={css.list}>
          {data.variables.map((shared) => (
            <li key={shared.id}>
              <SharedCard shared={shared} mayChange={isOwner} onChange={() => setOpen(shared)} />
            </li>
          ))}
        </ul>
      )}
      {open !== undefined && <SharedDialog shared={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
