import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Secret } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Button, ConfirmDialog, toast } from "@/ui";
import css from "./secrets.module.css";

export interface NamedCardProps {
  /** Whose words it speaks. */
  words: "secrets" | "environment";
  icon: ReactNode;
  /** What every such thing has; `uses` are the apps that need it. */
  thing: Pick<Secret, "name" | "changed_at" | "uses">;
  description?: string;
  /** What it is, as terms and what they are. */
  children: ReactNode;
  mayChange: boolean;
  change: string;
  onChange: () => void;
  onDelete: () => Promise<unknown>;
  /** The query that lists it. */
  listed: { queryKey: readonly unknown[] };
}

/** What apps use by its name: what it is, which apps those are, and what its owner can do with it. */
export function NamedCard(props: NamedCardProps) {
  const { words, icon, thing, description, children, mayChange, change, onChange, onDelete, listed } = props;
  const { t, i18n } = useTranslation(words);
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const { name, changed_at, uses } = thing;
  const remove = useMutation({
    mutationFn: onDelete,
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("deleted", { name }));
      return queries.invalidateQueries({ queryKey: listed.queryKey });
    },
    onError: toastFault,
  });
  const apps = uses.map((app) => app.name).join(", ");
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        {icon}
      </span>
      <div className={css.words}>
        <h2 className={css.name}>{name}</h2>
        {description && <p>{description}</p>}
        <p className={css.quiet}>{t("changed", { when: ago(changed_at, i18n.language) })}</p>
        <dl className={css.facts}>
          {children}
          <dt>{t("usedBy")}</dt>
          <dd>
            {uses.length === 0 && <span className={css.quiet}>{t("unused")}</span>}
            <ul className={css.uses}>
              {uses.map((app) => (
                <li key={app.id}>
                  <Link to={`/apps/${app.id}/build`}>{app.name}</Link>
                  {app.is_published && <span className={css.quiet}> · {t("published")}</span>}
                </li>
              ))}
            </ul>
          </dd>
        </dl>
      </div>
      {mayChange && (
        <div className={css.actions}>
          <Button size="s" onClick={onChange} aria-label={`${change}: ${name}`}>
            {change}
          </Button>
          <Button
            size="s"
            look="quiet"
            onClick={() => setDeleting(true)}
            aria-label={`${t("delete")}: ${name}`}
          >
            {t("delete")}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("deleteTitle", { name })}
        description={apps ? t("deleteUsed", { apps }) : t("deleteText")}
        action={t("delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}
