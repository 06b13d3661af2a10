import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Badge, Button, ConfirmDialog, toast } from "@/ui";
import { toolSources } from "./endpoints";
import { Notices } from "./Notices";
import { onCard } from "./operations";
import { RemarkBanner } from "./RemarkBanner";
import { SignedIn } from "./SignedIn";
import { ToolRow } from "./ToolRow";
import css from "./tools.module.css";

export interface SourceCardProps {
  source: ToolSource;
  mayChange: boolean;
  isOwner: boolean;
  onChange: () => void;
  /** Another text for a description that was pasted. */
  onReplace: () => void;
}

const TONES = { looking: "info", ready: "ok", failed: "bad", sign_in: "warn" } as const;

/** One source: whether it answers, its tools, and what can be done with it. */
export function SourceCard({ source, mayChange, isOwner, onChange, onReplace }: SourceCardProps) {
  const { t, i18n } = useTranslation("tools");
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const renewed = () => queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
  const look = useMutation({
    mutationFn: () => toolSources.look(source.id),
    onSuccess: renewed,
    onError: toastFault,
  });
  const remove = useMutation({
    mutationFn: () => toolSources.remove(source.id),
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("deleted", { name: source.name }));
      return renewed();
    },
    onError: toastFault,
  });
  const { name, error, uses, notices } = source;
  const tools = onCard(source);
  const news = source.tools.filter((tool) => tool.state === "new").length;
  const isPasted = source.kind === "openapi" && source.address === "";
  const asksToSignIn =
    source.auth === "oauth" ||
    (source.kind === "mcp" && source.auth === "none" && source.state === "sign_in");
  const apps = uses.map((app) => app.name).join(", ");
  return (
    <article className={css.card}>
      <header className={css.head}>
        <div className={css.words}>
          <h2 className={css.name}>{name}</h2>
          <p className={css.quiet}>
            {source.kind === "stdio"
              ? t("machine.where", { server: source.server })
              : source.base_address || source.address}
          </p>
          <p className={css.quiet}>
            {!isPasted && <Badge tone={TONES[source.state]}>{t(`state.${source.state}`)}</Badge>}
            {source.looked_at &&
              ` ${t(isPasted ? "operations.readAt" : "looked", { when: ago(source.looked_at, i18n.language) })}`}
          </p>
        </div>
        {mayChange && (
          <div className={css.actions}>
            {isPasted ? (
              <Button size="s" aria-label={`${t("replace.open")}: ${name}`} onClick={onReplace}>
                {t("replace.open")}
              </Button>
            ) : (
              <Button
                size="s"
                busy={look.isPending || source.state === "looking"}
                aria-label={`${t("look")}: ${name}`}
                onClick={() => look.mutate()}
              >
                {t("look")}
              </Button>
            )}
            <Button size="s" aria-label={`${t("change")}: ${name}`} onClick={onChange}>
              {t("change")}
            </Button>
            <Button
              size="s"
              look="quiet"
              aria-label={`${t("delete")}: ${name}`}
              onClick={() => setDeleting(true)}
            >
              {t("delete")}
            </Button>
          </div>
        )}
      </header>
      {error && !(asksToSignIn && error.code === "tool_sign_in") && <RemarkBanner remark={error} />}
      {asksToSignIn && <SignedIn source={source} mayChange={mayChange} />}
      {source.state === "ready" && source.tools.length === 0 && <p className={css.quiet}>{t("noTools")}</p>}
      {source.kind === "openapi" && source.tools.length > 0 && (
        <p className={css.quiet}>
          {t("operations.used", { used: tools.length, all: source.tools.length })}
          {news > 0 && ` ${t("operations.news", { count: news })}`}
        </p>
      )}
      {tools.length > 0 && (
        <ul className={css.tools}>
          {tools.map((tool) => (
            <li key={tool.id}>
              <ToolRow source={source} tool={tool} mayChange={mayChange} isOwner={isOwner} />
            </li>
          ))}
        </ul>
      )}
      <Notices notices={notices} />
      {uses.length > 0 && (
        <p className={css.uses}>
          <span className={css.quiet}>{t("usedBy")} </span>
          {uses.map((app) => (
            <Link key={app.id} to={`/apps/${app.id}/build`}>
              {app.name}
            </Link>
          ))}
        </p>
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
