import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileText, RotateCcw, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { knowledge } from "@/api/endpoints";
import { documentsQuery, isUnfinished } from "@/api/queries";
import type { Knowledge, KnowledgeDocument } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { errorWords } from "@/i18n/errorWords";
import { sizeOf } from "@/i18n/size";
import { Button, ConfirmDialog, Disclosure, IconButton, Progress, toast } from "@/ui";
import css from "./Documents.module.css";
import { addressOf } from "./place";
import { StateBadge } from "./StateBadge";
import { ValuesDialog } from "./ValuesDialog";

/** A document of the collection and how far it is: being read, ready, or why it could not be read. */
export function DocumentRow({
  collection,
  document,
  mayChange,
  isChosen,
  onChoose,
}: {
  collection: Knowledge;
  document: KnowledgeDocument;
  mayChange: boolean;
  isChosen: boolean;
  /** Whether it belongs to those that are filled together; away where there is nothing to choose. */
  onChoose?: (isChosen: boolean) => void;
}) {
  const { t, i18n } = useTranslation("knowledge");
  const [isDeleting, setDeleting] = useState(false);
  const [isFilling, setFilling] = useState(false);
  const { id, knowledge_id, title, status, size_bytes, pages, pieces, progress } = document;
  const refresh = useRefreshDocuments(knowledge_id);
  const remove = useMutation({
    mutationFn: () => knowledge.removeDocument(knowledge_id, id),
    onSuccess: async () => {
      setDeleting(false);
      toast.done(t("documents.deleted", { name: title }));
      await refresh();
    },
    onError: toastFault,
  });
  const retry = useMutation({
    mutationFn: () => knowledge.retryDocument(knowledge_id, id),
    onSuccess: refresh,
    onError: toastFault,
  });
  return (
    <article className={css.row}>
      {onChoose && (
        <input
          type="checkbox"
          className={css.choose}
          aria-label={t("documents.chooseNamed", { name: title })}
          checked={isChosen}
          onChange={(event) => onChoose(event.target.checked)}
        />
      )}
      <FileText className={css.icon} aria-hidden="true" />
      <div className={css.words}>
        <h3 className={css.name}>
          {status === "ready" ? (
            <Link to={addressOf(knowledge_id, { document: id, chunk: null })}>{title}</Link>
          ) : (
            title
          )}
        </h3>
        {status === "ready" && (
          <p className={css.quiet}>
            <StateBadge state="ready">{t("documents.ready")}</StateBadge>
            <span>
              {[
                t("documents.passages", { count: pieces }),
                pages && t("documents.pages", { count: pages }),
                sizeOf(size_bytes, i18n.language),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </p>
        )}
        <Values collection={collection} document={document} />
        {isUnfinished(document) && (
          <Progress
            label={t(`documents.${status as "waiting" | "reading" | "indexing"}`)}
            value={status === "waiting" ? undefined : progress}
          />
        )}
        {status === "failed" && <Why document={document} />}
        {status === "ready" && <Notices document={document} />}
      </div>
      {mayChange && (
        <div className={css.actions}>
          {status === "failed" && (
            <Button
              size="s"
              icon={<RotateCcw />}
              busy={retry.isPending}
              aria-label={t("documents.retryNamed", { name: title })}
              onClick={() => retry.mutate()}
            >
              {t("documents.retry")}
            </Button>
          )}
          <IconButton label={t("documents.fieldsNamed", { name: title })} onClick={() => setFilling(true)}>
            <Tags />
          </IconButton>
          <IconButton label={t("documents.deleteNamed", { name: title })} onClick={() => setDeleting(true)}>
            <Trash2 />
          </IconButton>
        </div>
      )}
      {isFilling && (
        <ValuesDialog collection={collection} documents={[document]} onClose={() => setFilling(false)} />
      )}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("documents.deleteTitle", { name: title })}
        description={t("documents.deleteText")}
        action={t("documents.delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}

/** What the document has in the fields of its collection. */
function Values({ collection, document }: { collection: Knowledge; document: KnowledgeDocument }) {
  const { t, i18n } = useTranslation("knowledge");
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  const filled = collection.fields.flatMap(({ name, kind }) => {
    const value = document.values[name] ?? null;
    if (value === null) return [];
    if (typeof value === "boolean") return [{ name, words: t(value ? "values.yes" : "values.no") }];
    if (typeof value === "number")
      return [{ name, words: value.toLocaleString(i18n.language, { useGrouping: false }) }];
    return [{ name, words: kind === "date" ? day.format(new Date(value)) : value }];
  });
  if (filled.length === 0) return null;
  return (
    <ul className={css.values}>
      {filled.map(({ name, words }) => (
        <li key={name}>
          <span className={css.field}>{name}</span> {words}
        </li>
      ))}
    </ul>
  );
}

function Why({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const words = errorWords(document.error ?? { code: "unexpected" });
  return (
    <div className={css.why}>
      <StateBadge state="failed">{t("documents.failed")}</StateBadge>
      <p>
        {words.message} {words.hint}
      </p>
      {words.details && (
        <Disclosure label={common("action.showDetails")}>
          <p className={css.quiet}>{words.details}</p>
        </Disclosure>
      )}
    </div>
  );
}

/** What of a document was left out although it could be read. */
function Notices({ document }: { document: KnowledgeDocument }) {
  const notices = document.notices.map((notice) => errorWords(notice));
  if (notices.length === 0) return null;
  return (
    <ul className={css.notices}>
      {notices.map(({ message, hint }) => (
        <li key={message}>
          {message} {hint}
        </li>
      ))}
    </ul>
  );
}

function useRefreshDocuments(base: string) {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ queryKey: documentsQuery(base).queryKey, exact: true });
    await queries.invalidateQueries({ queryKey: ["knowledge", base], exact: true });
    await queries.invalidateQueries({ queryKey: ["knowledge"], exact: true });
  };
}
