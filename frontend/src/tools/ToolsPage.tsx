import { useQuery } from "@tanstack/react-query";
import { Plug, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery, toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Page } from "@/ui";
import { SourceCard } from "./SourceCard";
import { SourceDialog } from "./SourceDialog";
import css from "./tools.module.css";

/** The servers whose tools apps may use, and each tool as somebody approved it. */
export default function ToolsPage() {
  const { t } = useTranslation("tools");
  const { t: common } = useTranslation("common");
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(toolSourcesQuery);
  // A source to change, null for a new one, undefined while no dialog is open.
  const [open, setOpen] = useState<ToolSource | null>();
  const mayChange = session !== undefined && session.role !== "viewer";
  const add = mayChange && (
    <Button look="primary" icon={<Plus />} onClick={() => setOpen(null)}>
      {t("add")}
    </Button>
  );
  const isEmpty = data?.sources.length === 0;
  return (
    <Page title={t("title")} lead={t("lead")} action={!isEmpty && add}>
      <FaultBanner error={data ? null : error} onRetry={() => void refetch()} />
      {!data && !error && <Loading label={common("state.loading")} />}
      {session?.role === "viewer" && <p className={css.quiet}>{t("viewer")}</p>}
      {isEmpty && (
        <div className={css.empty}>
          <EmptyState icon={<Plug />} title={t("emptyTitle")} as="h2" action={add}>
            {t("emptyText")}
          </EmptyState>
        </div>
      )}
      {data && !isEmpty && (
        <ul className={css.list}>
          {data.sources.map((source) => (
            <li key={source.id}>
              <SourceCard
                source={source}
                mayChange={mayChange}
                isOwner={session?.role === "owner"}
                onChange={() => setOpen(source)}
              />
            </li>
          ))}
        </ul>
      )}
      {open !== undefined && <SourceDialog source={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
