import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { publishing } from "@/api/endpoints";
import { keysQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input } from "@/ui";
import { KeyDialog } from "./KeyDialog";

/** Asks what the key is for, then shows it once. */
export function NewKeyDialog({ workflow, onClose }: { workflow: string; onClose: () => void }) {
  const { t } = useTranslation("share");
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState("");
  const [wasSent, setSent] = useState(false);
  const create = useMutation({
    mutationFn: () => publishing.createKey(workflow, name.trim()),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery(workflow).queryKey }),
  });
  if (create.data) return <KeyDialog apiKey={create.data.api_key} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (name.trim() && !create.isPending) create.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("api.createTitle")}
      footer={
        <Button look="primary" type="submit" form={form} busy={create.isPending}>
          {t("api.create")}
        </Button>
      }
    >
      <form id={form} onSubmit={submit}>
        <Field label={t("api.name")} error={wasSent && !name.trim() && t("api.nameMissing")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              placeholder={t("api.namePlaceholder")}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
      <FaultBanner error={create.error} />
    </Dialog>
  );
}
