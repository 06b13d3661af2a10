import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { knowledge } from "@/api/endpoints";
import { documentsQuery, knowledgeListQuery, knowledgeQuery } from "@/api/queries";
import type { DocumentField, Knowledge } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, ConfirmDialog, Dialog, Field, IconButton, Input, Select } from "@/ui";
import css from "./fields.module.css";

const KINDS: DocumentField["kind"][] = ["text", "number", "date", "boolean"];

/** The fields that the documents of a collection have beside those that every document has. */
export function FieldsDialog({ collection, onClose }: { collection: Knowledge; onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<DocumentField["kind"]>("text");
  const [leaving, setLeaving] = useState<string | null>(null);
  const keep = (changed: Knowledge) => {
    queries.setQueryData(knowledgeQuery(collection.id).queryKey, changed);
    void queries.invalidateQueries({ queryKey: knowledgeListQuery.queryKey, exact: true });
    void queries.invalidateQueries({ queryKey: documentsQuery(collection.id).queryKey, exact: true });
  };
  const add = useMutation({
    mutationFn: () => knowledge.addField(collection.id, { name: name.trim(), kind }),
    onSuccess: (changed) => {
      keep(changed);
      setName("");
    },
  });
  const remove = useMutation({
    mutationFn: (field: string) => knowledge.removeField(collection.id, field),
    onSuccess: keep,
    onSettled: () => setLeaving(null),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() && !add.isPending) add.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("fields.title")}
      description={t("fields.text")}
    >
      {collection.fields.length > 0 && (
        <ul className={css.list}>
          {collection.fields.map((field) => (
            <li key={field.name}>
              <span className={css.name}>{field.name}</span>
              <span className={css.quiet}>{t(`fields.kinds.${field.kind}`)}</span>
              <IconButton
                label={t("fields.removeNamed", { name: field.name })}
                onClick={() => setLeaving(field.name)}
              >
                <Trash2 />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <form className={css.add} onSubmit={submit} noValidate>
        <Field label={t("fields.name")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={40}
              placeholder={t("fields.placeholder")}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("fields.kind")}>
          {(control) => (
            <Select
              {...control}
              value={kind}
              onChange={(chosen) => setKind(chosen as DocumentField["kind"])}
              options={KINDS.map((value) => ({ value, label: t(`fields.kinds.${value}`) }))}
            />
          )}
        </Field>
        <Button type="submit" icon={<Plus />} busy={add.isPending} disabled={!name.trim()}>
          {t("fields.add")}
        </Button>
      </form>
      {!add.isPending && <FaultBanner error={add.error ?? remove.error} />}
      <ConfirmDialog
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        title={t("fields.removeTitle", { name: leaving ?? "" })}
        description={t("fields.removeText")}
        action={t("fields.remove")}
        busy={remove.isPending}
        onConfirm={() => leaving !== null && remove.mutate(leaving)}
      />
    </Dialog>
  );
}
