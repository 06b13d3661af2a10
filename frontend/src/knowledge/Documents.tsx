import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileText, Tags } from "lucide-react";
import { useEffect, useState } from "react";
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
import { ValuesDialog } from "./ValuesDialog";

/** How many documents the server fills at once. */
const MOST_AT_ONCE = 500;

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
  const [chosenIds, setChosen] = useState<ReadonlySet<string>>(new Set());
  const chosen = documents.filter(({ id }) => chosenIds.has(id));
  const [isFilling, setFilling] = useState(false);
  const mayFill = mayChange && collection.fields.length > 0;
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
      {mayFill && documents.length > 1 && (
        <div className={css.several}>
          <label>
            <input
              type="checkbox"
              checked={chosen.length === documents.length}
              onChange={(event) =>
                setChosen(new Set(event.target.checked ? documents.map(({ id }) => id) : []))
              }
            />
            {t("documents.chooseAll")}
          </label>
          <Button
            size="s"
            icon={<Tags />}
            disabled={chosen.length === 0 || chosen.length > MOST_AT_ONCE}
            onClick={() => setFilling(true)}
          >
            {chosen.length > 0 ? t("documents.fillChosen", { count: chosen.length }) : t("documents.fill")}
          </Button>
        </div>
      )}
      {isFilling && (
        <ValuesDialog collection={collection} documents={chosen} onClose={() => setFilling(false)} />
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
              <DocumentRow
                collection={collection}
                document={document}
                mayChange={mayChange}
                isChosen={chosenIds.has(document.id)}
                onChoose={
                  mayFill && documents.length > 1
                    ? (isChosen) => setChosen((before) => changed(before, document.id, isChosen))
                    : undefined
                }
              />
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

function changed(before: ReadonlySet<string>, id: string, isIn: boolean): ReadonlySet<string> {
  const after = new Set(before);
  if (isIn) after.add(id);
  else after.delete(id);
  return after;
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
