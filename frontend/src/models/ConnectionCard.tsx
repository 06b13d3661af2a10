import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, Plug, Unplug } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelConnection, ModelProvider } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { Badge, Button, ConfirmDialog, toast } from "@/ui";
import css from "./models.module.css";

export interface ConnectionCardProps {
  connection: ModelConnection;
  providers: ModelProvider[];
  mayDelete: boolean;
}

export function ConnectionCard({ connection, providers, mayDelete }: ConnectionCardProps) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  const provider = providers.find(({ id }) => id === connection.provider);
  const remove = useMutation({
    mutationFn: () => models.disconnect(connection.id),
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("connections.deleted", { name: connection.name }));
      return queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
    onError: toastFault,
  });
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <Plug />
      </span>
      <div className={css.words}>
        <h3 className={css.name}>{connection.name}</h3>
        <p className={css.text}>{provider?.title ?? connection.base_url}</p>
        <ul className={css.badges} aria-label={t("connections.models")}>
          {connection.models.map((model) => (
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
      </div>
      {mayDelete && (
        <Button size="s" icon={<Unplug />} onClick={() => setDeleting(true)}>
          {t("connections.delete")}
        </Button>
      )}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("connections.deleteTitle", { name: connection.name })}
        description={t("connections.deleteText")}
        action={t("connections.delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );
}
