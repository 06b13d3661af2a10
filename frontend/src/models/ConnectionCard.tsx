import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, KeyRound, Plug, Unplug } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelConnection } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { inLanguage } from "@/i18n/language";
import { Badge, Button, ConfirmDialog, toast } from "@/ui";
import { allModels, type ModelSource, sourceOf } from "./connectForm";
import { EditConnectionDialog } from "./EditConnectionDialog";
import css from "./models.module.css";
import { TestButton, TestResult, useModelTest } from "./TestButton";

export interface ConnectionCardProps {
  connection: ModelConnection;
  sources: readonly ModelSource[];
  mayChange: boolean;
  /** Whoever came here wants to see to its key. */
  isWanted?: boolean;
}

export function ConnectionCard({ connection, sources, mayChange, isWanted }: ConnectionCardProps) {
  const { t, i18n } = useTranslation("models");
  const queries = useQueryClient();
  const [asks, setAsks] = useState<"delete" | "edit" | null>(isWanted && mayChange ? "edit" : null);
  const source = sourceOf(connection, sources);
  const test = useModelTest({ connection: connection.id });
  const remove = useMutation({
    mutationFn: () => models.disconnect(connection.id),
    onSuccess: () => {
      setAsks(null);
      toast.done(t("connections.deleted", { name: connection.name }));
      return queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
    onError: toastFault,
  });
  const from = connection.base_url || (source && inLanguage(source.title, i18n.language));
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <Plug />
      </span>
      <div className={css.words}>
        <h3 className={css.name}>{connection.name}</h3>
        <p className={css.text}>{from || connection.provider}</p>
        <ul className={css.badges} aria-label={t("connections.models")}>
          {allModels(connection).map((model) => (
            <li key={model}>
              <Badge>{model}</Badge>
            </li>
          ))}
          <li>
            {connection.is_ready ? (
              <Badge tone="ok" icon={<Check />}>
                {t("connections.ready")}
              </Badge>
            ) : (
              <Badge tone="warn" icon={<CircleAlert />}>
                {t("connections.notReady")}
              </Badge>
            )}
          </li>
        </ul>
        <TestResult test={test} />
      </div>
      {mayChange && (
        <div className={css.actions}>
          <TestButton test={test} name={connection.name} />
          {source && (
            <Button
              size="s"
              icon={<KeyRound />}
              aria-label={t("edit.open", { name: connection.name })}
              onClick={() => setAsks("edit")}
            >
              {t("edit.do")}
            </Button>
          )}
          <Button size="s" icon={<Unplug />} onClick={() => setAsks("delete")}>
            {t("connections.delete")}
          </Button>
        </div>
      )}
      {asks === "edit" && source && (
        <EditConnectionDialog connection={connection} source={source} onClose={() => setAsks(null)} />
      )}
      <ConfirmDialog
        open={asks === "delete"}
        onOpenChange={(open) => !open && setAsks(null)}
        title={t("connections.deleteTitle", { name: connection.name })}
        description={t("connections.deleteText")}
        action={t("connections.delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}
