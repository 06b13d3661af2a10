import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { knowledge } from "@/api/endpoints";
import { knowledgeListQuery, knowledgeQuery } from "@/api/queries";
import type { Knowledge } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Textarea } from "@/ui";
import css from "./knowledge.module.css";

/** Another name and description for a collection. */
export function RenameDialog({ collection, onClose }: { collection: Knowledge; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState(collection.name);
  const [description, setDescription] = useState(collection.description);
  const isMissing = !name.trim();
  const save = useMutation({
    mutationFn: () => knowledge.change(collection.id, { name: name.trim(), description: description.trim() }),
    onSuccess: (changed) => {
      queries.setQueryData(knowledgeQuery(collection.id).queryKey, changed);
      void queries.invalidateQueries({ queryKey: knowledgeListQuery.queryKey, exact: true });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isMissing && !save.isPending) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("rename.title")}
      footer={
        <Button look="primary" type="submit" form={form} busy={save.isPending}>
          {common("action.save")}
        </Button>
      }
    >
      <form id={form} className={css.form} onSubmit={submit} noValidate>
        <Field label={t("new.name")} error={isMissing ? t("new.missing") : undefined}>
          {(control) => (
            <Input {...control} value={name} maxLength={100} onChange={(e) => setName(e.target.value)} />
          )}
        </Field>
        <Field label={t("rename.description")} help={t("rename.descriptionHelp")}>
          {(control) => (
            <Textarea
              {...control}
              value={description}
              maxLength={1000}
              onChange={(e) => setDescription(e.target.value)}
            />
          )}
        </Field>
        {!save.isPending && <FaultBanner error={save.error} />}
      </form>
    </Dialog>
  );
}
