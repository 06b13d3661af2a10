import { LibraryBig } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Knowledge } from "@/api/types";
import { ago } from "@/i18n/time";
import css from "./knowledge.module.css";
import { StateBadge } from "./StateBadge";

/** One collection in the list: what it is called, how much is in it, and whether something is to be done. */
export function CollectionCard({ collection }: { collection: Knowledge }) {
  const { t, i18n } = useTranslation("knowledge");
  const { id, name, description, documents, working, failed, updated_at } = collection;
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <LibraryBig />
      </span>
      <div className={css.words}>
        <h2 className={css.name}>
          <Link className={css.cover} to={`/knowledge/${id}`}>
            {name}
          </Link>
        </h2>
        {description && <p className={css.text}>{description}</p>}
        <p className={css.text}>
          {documents === 0 ? t("list.noDocuments") : t("list.documents", { count: documents })}
          {" · "}
          {t("list.changed", { when: ago(updated_at, i18n.language) })}
        </p>
      </div>
      <div className={css.badges}>
        {working > 0 && <StateBadge state="working">{t("list.working", { count: working })}</StateBadge>}
        {failed > 0 && <StateBadge state="failed">{t("list.failed", { count: failed })}</StateBadge>}
      </div>
    </article>
  );
}
