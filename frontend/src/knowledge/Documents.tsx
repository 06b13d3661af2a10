import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/shallow";
import { documentsQuery, isUnfinished, knowledgeListQuery, knowledgeQuery } from "@/api/queries";
import type { Knowledge } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading } from "@/ui";
import { DocumentRow } from "./DocumentRow";
import css from "./Documents.module.css";
import { DropZone } from "./DropZone";
import { UploadRow } from "./UploadRow";
import { useUploads } from "./uploads";

/** The documents of a collection: those being sent, those being read, and those that apps can use. */
export function Documents({ collection, mayChange }: { collection: Knowledge; mayChange: boolean }) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const base = collection.id;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    documentsQuery(base),
  );
  const { data: list } = useQuery(knowledgeListQuery);
  const uploads = useUploads(useShallow(({ all }) => all.filter((each) => each.base === base)));
  const add = useUploads((state) => state.add);
  const refresh = useRefresh(base);
  const documents = data?.pages.flat() ?? [];
  const working = documents.filter(isUnfinished).length;

  // The figures of the collection follow its documents as they get ready.
  const settled = documents.length - working;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another document got ready
  useEffect(() => {
    if (data) void refresh.figures();
  }, [settled]);

  return (
    <section className={css.documents} aria-labelledby="documents">
      <h2 id="documents">
        {t("documents.title")}
        {collection.documents > 0 && <span className={css.count}>{collection.documents}</span>}
      </h2>
      {mayChange && list && (
        <DropZone
          limits={list.limits}
          onFiles={(files) => add(base, files, list.limits, () => void refresh.all())}
        />
      )}
      {error && !data && <FaultBanner error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading label={common("state.loading")} />}
      {data && documents.length === 0 && uploads.length === 0 && (
        <EmptyState icon={<FileText />} title={t("documents.emptyTitle")}>
          {mayChange ? t("documents.emptyText") : t("documents.emptyViewer")}
        </EmptyState>
      )}
      {(uploads.length > 0 || documents.length > 0) && (
        <ul className={css.list}>
          {uploads.map((upload) => (
            <li key={`upload-${upload.id}`}>
              <UploadRow upload={upload} />
            </li>
          ))}
          {documents.map((document) => (
            <li key={document.id}>
              <DocumentRow document={document} mayChange={mayChange} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("documents.showMore")}
        </Button>
      )}
      <p className="visually-hidden" role="status">
        {working > 0 ? t("documents.workingOn", { count: working }) : ""}
      </p>
    </section>
  );
}

function useRefresh(base: string) {
  const queries = useQueryClient();
  const figures = async () => {
    await queries.invalidateQueries({ queryKey: knowledgeQuery(base).queryKey, exact: true });
    await queries.invalidateQueries({ queryKey: knowledgeListQuery.queryKey, exact: true });
  };
  const all = async () => {
    await queries.invalidateQueries({ queryKey: documentsQuery(base).queryKey, exact: true });
    await figures();
  };
  return { figures, all };
}
