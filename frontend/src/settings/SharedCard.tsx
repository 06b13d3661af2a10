import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Globe } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { environment } from "@/api/endpoints";
import { environmentQuery } from "@/api/queries";
import type { Json, SharedInfo } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { preview } from "@/forms/info";
import { ago } from "@/i18n/time";
import { Badge, Button, ConfirmDialog, toast } from "@/ui";
import css from "./secrets.module.css";

export interface SharedCardProps {
  shared: SharedInfo;
  mayChange: boolean;
  onChange: () => void;
}

/** One piece of shared information: what it is now, which apps use it, and what its owner can do with it. */
export function SharedCard({ shared, mayChange, onChange }: SharedCardProps) {
  const { t, i18n } = useTranslation("environment");
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const remove = useMutation({
    mutationFn: () => environment.remove(shared.id),
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("deleted", { name: shared.name }));
      return queries.invalidateQueries({ queryKey: environmentQuery.queryKey });
    },
    onError: toastFault,
  });
  const apps = shared.uses.map(({ name }) => name).join(", ");
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <Globe />
      </span>
      <div className={css.words}>
        <h2 className={css.name}>{shared.name}</h2>
        {shared.description && <p>{shared.description}</p>}
        <p className={css.quiet}>{t("changed", { when: ago(shared.changed_at, i18n.language) })}</p>
        <dl className={css.facts}>
          <dt>
            <Badge>{t(`kinds.${shared.type}`)}</Badge>
          </dt>
          <dd>
            {valueWords(shared, t("yes"), t("no")) || <span className={css.quiet}>{t("nothing")}</span>}
          </dd>
          <dt>{t("usedBy")}</dt>
          <dd>
            {shared.uses.length === 0 && <span className={css.quiet}>{t("unused")}</span>}
            <ul className={css.uses}>
              {shared.uses.map(({ id, name, is_published }) => (
                <li key={id}>
                  <Link to={`/apps/${id}/build`}>{name}</Link>
                  {is_published && <span className={css.quiet}> · {t("published")}</span>}
                </li>
              ))}
            </ul>
          </dd>
        </dl>
      </div>
      {mayChange && (
        <div className={css.actions}>
          <Button size="s" onClick={onChange} aria-label={`${t("change")}: ${shared.name}`}>
            {t("change")}
          </Button>
          <Button
            size="s"
            look="quiet"
            onClick={() => setDeleting(true)}
            aria-label={`${t("delete")}: ${shared.name}`}
          >
            {t("delete")}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("deleteTitle", { name: shared.name })}
        description={apps ? t("deleteUsed", { apps }) : t("deleteText")}
        action={t("delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}

function valueWords({ type, value }: SharedInfo, yes: string, no: string): string {
  if (type === "boolean") return value === true ? yes : no;
  return preview(value as Json, 300);
}
