import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { localModels } from "@/api/endpoints";
import { localModelsQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Segmented } from "@/ui";
import { emptyFile, type FileForm, faultsOfFile, fileBody } from "./fileForm";
import css from "./models.module.css";

/** A model file of one's own: one that lies on the server, or at an address, with its fingerprint. */
export function AddFileDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<FileForm>(emptyFile);
  const [wasSent, setSent] = useState(false);
  const faults = wasSent ? faultsOfFile(form) : {};
  const add = useMutation({
    mutationFn: () => localModels.add(fileBody(form)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: localModelsQuery.queryKey });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(faultsOfFile(form)).length === 0 && !add.isPending) add.mutate();
  };
  const input = (name: "title" | "path" | "url" | "sha256", placeholder: string, help?: string) => {
    const fault = faults[name];
    return (
      <Field label={t(`file.${name}`)} help={help} error={fault && t(`file.${fault}`)}>
        {(control) => (
          <Input
            {...control}
            spellCheck={false}
            value={form[name]}
            placeholder={placeholder}
            onChange={({ target }) => setForm({ ...form, [name]: target.value })}
          />
        )}
      </Field>
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("file.heading")}
      description={t("file.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={add.isPending}>
          {t("file.submit")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <Segmented
          label={t("file.where")}
          value={form.where}
          onChange={(where) => setForm({ ...form, where })}
          options={[
            { value: "path", label: t("file.onServer") },
            { value: "url", label: t("file.atAddress") },
          ]}
        />
        {input("title", "Qwen3 8B")}
        {form.where === "path" && input("path", "/srv/models/qwen3-8b-q4.gguf", t("file.pathHelp"))}
        {form.where === "url" && (
          <>
            {input("url", "https://…/model.gguf")}
            {input("sha256", "74a4da8c9fdb…", t("file.sha256Help"))}
          </>
        )}
        {!add.isPending && <FaultBanner error={add.error} />}
      </form>
    </Dialog>
  );
}
