import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { knowledge } from "@/api/endpoints";
import { knowledgeListQuery, knowledgeQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input } from "@/ui";
import css from "./knowledge.module.css";

/** Makes an empty collection and opens it. */
export function NewCollectionDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("knowledge");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const [name, setName] = useState("");
  const [wasSent, setSent] = useState(false);
  const create = useMutation({
    mutationFn: () => knowledge.create({ name: name.trim() }),
    onSuccess: (made) => {
      queries.setQueryData(knowledgeQuery(made.id).queryKey, made);
      void queries.invalidateQueries({ queryKey: knowledgeListQuery.queryKey, exact: true });
      void navigate(`/knowledge/${made.id}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (name.trim() && !create.isPending) create.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("new.title")}
      description={t("new.text")}
      footer={
        <Button look="primary" type="submit" form={form} busy={create.isPending}>
          {t("new.create")}
        </Button>
      }
    >
      <form id={form} className={css.form} onSubmit={submit} noValidate>
        <Field
          label={t("new.name")}
          help={t("new.nameHelp")}
          error={wasSent && !name.trim() ? t("new.missing") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              placeholder={t("new.placeholder")}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        {!create.isPending && <FaultBanner error={create.error} />}
      </form>
    </Dialog>
  );
}
