import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { modelsQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Page, Section } from "@/ui";
import { ConnectDialog } from "./ConnectDialog";
import { ConnectionCard } from "./ConnectionCard";
import { DefaultModel } from "./DefaultModel";
import css from "./models.module.css";
import { PracticeCard } from "./PracticeCard";

export default function ModelsPage() {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const { data: page, error, refetch } = useQuery(modelsQuery);
  const { data: session } = useQuery(sessionQuery);
  const [isConnecting, setConnecting] = useState(false);
  const fault = page ? null : error;
  const mayConnect = session?.role === "owner";
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        mayConnect && (
          <Button look="primary" icon={<Plus />} disabled={!page} onClick={() => setConnecting(true)}>
            {t("connect")}
          </Button>
        )
      }
    >
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {!page && !fault && <Loading label={common("state.loading")} />}
      {page && (
        <>
          <DefaultModel page={page} disabled={!mayConnect} />
          <PracticeCard inUse={page.models.find(({ id }) => id === page.default)?.is_practice ?? true} />
          <Section title={t("connections.title")}>
            {page.connections.length === 0 ? (
              <div className={css.empty}>
                <EmptyState title={t("connections.emptyTitle")}>{t("connections.emptyText")}</EmptyState>
              </div>
            ) : (
              <ul className={css.list}>
                {page.connections.map((connection) => (
                  <li key={connection.id}>
                    <ConnectionCard
                      connection={connection}
                      providers={page.providers}
                      mayDelete={mayConnect}
                    />
                  </li>
                ))}
              </ul>
            )}
          </Section>
          {isConnecting && <ConnectDialog providers={page.providers} onClose={() => setConnecting(false)} />}
        </>
      )}
    </Page>
  );
}
