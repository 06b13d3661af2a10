import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { secrets } from "@/api/endpoints";
import { secretsQuery } from "@/api/queries";
import type { Secret } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Badge, Button, ConfirmDialog, toast } from "@/ui";
import css from "./secrets.module.css";

export interface SecretCardProps {
  secret: Secret;
  mayChange: boolean;
  onReplace: () => void;
}

/** One secret: where it may go, which apps use it, and what its owner can do with it. */
export function SecretCard({ secret, mayChange, onReplace }: SecretCardProps) {
  const { t, i18n } = useTranslation("secrets");
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const remove = useMutation({
    mutationFn: () => secrets.remove(secret.id),
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("deleted", { name: secret.name }));
      return queries.invalidateQueries({ queryKey: secretsQuery.queryKey });
    },
    onError: toastFault,
  });
  const apps = secret.uses.map(({ name }) => name).join(", ");
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <KeyRound />
      </span>
      <div className={css.words}>
        <h2 className={css.name}>{secret.name}</h2>
        <p className={css.quiet}>{t("changed", { when: ago(secret.changed_at, i18n.language) })}</p>
        <dl className={css.facts}>
          <dt>{t("goesTo")}</dt>
          <dd>
            <ul className={css.badges}>
              {secret.hosts.map((host) => (
                <li key={host}>
                  <Badge>{host}</Badge>
                </li>
              ))}
            </ul>
          </dd>
          <dt>{t("usedBy")}</dt>
          <dd>
            {secret.uses.length === 0 && <span className={css.quiet}>{t("unused")}</span>}
            <ul className={css.uses}>
              {secret.uses.map(({ id, name, is_published }) => (
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
          <Button size="s" onClick={onReplace} aria-label={`${t("replace")}: ${secret.name}`}>
            {t("replace")}
          </Button>
          <Button
            size="s"
            look="quiet"
            onClick={() => setDeleting(true)}
            aria-label={`${t("delete")}: ${secret.name}`}
          >
            {t("delete")}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("deleteTitle", { name: secret.name })}
        description={apps ? t("deleteUsed", { apps }) : t("deleteText")}
        action={t("delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}
