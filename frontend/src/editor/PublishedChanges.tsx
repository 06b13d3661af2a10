import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { publishing } from "@/api/endpoints";
import type { Graph } from "@/api/types";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Loading } from "@/ui";
import { ChangeList } from "./ChangeList";
import type { Change } from "./changes";
import css from "./PublishedChanges.module.css";

export interface PublishedChangesProps {
  workflow: string;
  version: number;
  /** What is different in the draft. */
  compare: (published: Graph) => readonly Change[];
}

/** What is different from what visitors see now, in words: the steps that are new, changed and gone. */
export default function PublishedChanges({ workflow, version, compare }: PublishedChangesProps) {
  const { t } = useTranslation("editor");
  const { data: published, error } = useQuery({
    queryKey: ["versions", workflow, version, "graph"],
    queryFn: ({ signal }) => publishing.version(workflow, version, signal),
  });
  if (error) return <p>{wordsOfThrown(error).message}</p>;
  if (!published) return <Loading label={t("publish.changes.loading")} />;
  const changes = compare(published.graph);
  return (
    <section aria-label={t("publish.changes.title")}>
      <h3 className={css.title}>{t("publish.changes.title")}</h3>
      <div className={css.changes}>
        <ChangeList changes={changes} />
      </div>
    </section>
  );
}
