import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { knowledgeQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Loading, Page } from "@/ui";
import { CollectionHead } from "./CollectionHead";
import css from "./CollectionPage.module.css";
import { Documents } from "./Documents";
import { DocumentView } from "./DocumentView";
import { placeIn } from "./place";
import { Tester } from "./Tester";

/** One collection: its documents (or one of them, opened at a passage), and beside it the tester. */
export default function CollectionPage() {
  const { t } = useTranslation("common");
  const { id = "" } = useParams();
  const { data: collection, error, refetch } = useQuery(knowledgeQuery(id));
  const { data: session } = useQuery(sessionQuery);
  const [search] = useSearchParams();
  const place = placeIn(search);
  const mayChange = session !== undefined && session.role !== "viewer";
  if (!collection) {
    return (
      <Page wide title={t("nav.knowledge")}>
        <FaultBanner error={error} onRetry={() => void refetch()} />
        {!error && <Loading label={t("state.loading")} lines={5} />}
      </Page>
    );
  }
  return (
    <div className={css.page}>
      <CollectionHead collection={collection} mayChange={mayChange} />
      <div className={css.columns}>
        <div className={css.main}>
          {place ? (
            <DocumentView key={place.document} base={id} {...place} />
          ) : (
            <Documents collection={collection} mayChange={mayChange} />
          )}
        </div>
        <Tester key={id} collection={collection} />
      </div>
    </div>
  );
}
