import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelConnection } from "@/api/types";
import { Button, Dialog, toast } from "@/ui";
import { ConnectionFields } from "./ConnectionFields";
import { changeOf, faultsOf, formOf, type ModelSource } from "./connectForm";
import css from "./models.module.css";

interface EditConnectionDialogProps {
  connection: ModelConnection;
  source: ModelSource;
  onClose: () => void;
}

/** Another key, address or list of models for a connection; kept only if its models answer. */
export function EditConnectionDialog({ connection, source, onClose }: EditConnectionDialogProps) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState(() => formOf(connection));
  const [wasSent, setSent] = useState(false);
  // A key goes only where the person sent it: with another address it is asked for again.
  const isMoved = (form.fields.base_url ?? "").trim() !== (connection.fields.base_url ?? "");
  const kept = isMoved ? [] : connection.filled;
  const faults = wasSent ? faultsOf(form, source, kept) : {};
  const save = useMutation({
    mutationFn: () => models.change(connection.id, changeOf(form, source)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
      toast.done(t("edit.done", { name: connection.name }));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(faultsOf(form, source, kept)).length === 0 && !save.isPending) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("edit.title", { name: connection.name })}
      description={t("edit.text")}
      focuses="input[type=password]"
      footer={
        <Button look="primary" type="submit" form={formId} busy={save.isPending}>
          {t("edit.submit")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <ConnectionFields
          source={source}
          form={form}
          onChange={setForm}
          faults={faults}
          kept={kept}
          error={save.error}
          isTesting={save.isPending}
        />
      </form>
    </Dialog>
  );
}
