import { useQuery } from "@tanstack/react-query";
import { LibraryBig, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { knowledgeListQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Page, Skeleton } from "@/ui";
import { CollectionCard } from "./CollectionCard";
import css from "./knowledge.module.css";
import { NewCollectionDialog } from "./NewCollectionDialog";

/** All collections of the workspace: what apps may look things up in. */
export default function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const { data, error, refetch } = useQuery(knowledgeListQuery);
  const { data: session } = useQuery(sessionQuery);
  const [isAdding, setAdding] = useState(false);
  const mayChange = session?.role !== "viewer";
  const create = mayChange && (
    <Button look="primary" icon={<Plus />} onClick={() => setAdding(true)}>
      {t("new.open")}
    </Button>
  );
  const isEmpty = data?.knowledge.length === 0;
  return (
    <Page title={t("title")} lead={t("lead")} action={data && !isEmpty && create}>
      <FaultBanner error={data ? null : error} onRetry={() => void refetch()} />
      {!data && !error && (
        <div className={css.cards} role="status">
          <span className="visually-hidden">{common("state.loading")}</span>
          {[1, 2].map((key) => (
            <Skeleton key={key} className={css.waitingCard} />
          ))}
        </div>
      )}
      {isEmpty && (
        <div className={css.empty}>
          <EmptyState icon={<LibraryBig />} title={t("list.emptyTitle")} as="h2" action={create}>
            {t("list.emptyText")}
          </EmptyState>
        </div>
      )}
      {data && !isEmpty && (
        <ul className={css.cards}>
          {data.knowledge.map((collection) => (
            <li key={collection.id}>
              <CollectionCard collection={collection} />
            </li>
          ))}
        </ul>
      )}
      {isAdding && <NewCollectionDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}
