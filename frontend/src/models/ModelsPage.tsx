import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { modelsQuery, sessionQuery } from "@/api/queries";
import type { ModelsPage as Models } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Page, Section } from "@/ui";
import { ConnectDialog } from "./ConnectDialog";
import { ConnectionCard } from "./ConnectionCard";
import { sourcesOf } from "./connectForm";
import { DefaultModels } from "./DefaultModels";
import { IncludedCard } from "./IncludedCard";
import { LocalModels } from "./LocalModels";
import { ModelRules } from "./ModelRules";
import css from "./models.module.css";
import { ToolChecks } from "./ToolChecks";

export default function ModelsPage() {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const { data: page, error, refetch } = useQuery(modelsQuery);
  const { data: session } = useQuery(sessionQuery);
  const [isConnecting, setConnecting] = useState(false);
  const fault = page ? null : error;
  const isOwner = session?.role === "owner";
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        isOwner && (
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
          <DefaultModels page={page} disabled={!isOwner} />
          <Connections page={page} mayChange={isOwner} />
          <Included page={page} mayTest={isOwner} />
          <Local isOwner={isOwner} />
          <ToolChecks page={page} mayCheck={isOwner} />
          <ModelRules page={page} mayChange={isOwner} />
          {isConnecting && <ConnectDialog page={page} onClose={() => setConnecting(false)} />}
        </>
      )}
    </Page>
  );
}

function Connections({ page, mayChange }: { page: Models; mayChange: boolean }) {
  const { t } = useTranslation("models");
  const sources = useMemo(() => sourcesOf(page), [page]);
  const wanted = useSearchParams()[0].get("key");
  return (
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
                sources={sources}
                mayChange={mayChange}
                isWanted={connection.name === wanted}
              />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What comes along: models that are here without a connection and without a file of one's own. */
function Included({ page, mayTest }: { page: Models; mayTest: boolean }) {
  const { t } = useTranslation("models");
  const included = page.models.filter(
    ({ is_practice, kind, is_local }) => is_practice || (is_local && kind === "embedding"),
  );
  return (
    <Section title={t("practice.title")} text={t("practice.lead")}>
      <ul className={css.list}>
        {included.map((model) => (
          <li key={model.id}>
            <IncludedCard
              model={model}
              isDefault={page.kinds.some((each) => each.default === model.id)}
              mayTest={mayTest}
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Local({ isOwner }: { isOwner: boolean }) {
  const queries = useQueryClient();
  const refresh = useCallback(
    () => void queries.invalidateQueries({ queryKey: modelsQuery.queryKey, exact: true }),
    [queries],
  );
  return <LocalModels onReady={refresh} isOwner={isOwner} />;
}
