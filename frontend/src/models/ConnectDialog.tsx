import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelsPage } from "@/api/types";
import { inLanguage } from "@/i18n/language";
import { Button, Dialog, Field, Input, Select, toast } from "@/ui";
import { ConnectionFields } from "./ConnectionFields";
import {
  bodyOf,
  COMPATIBLE,
  type ConnectForm,
  emptyForm,
  faultsOf,
  type ModelSource,
  sourcesOf,
} from "./connectForm";
import css from "./models.module.css";

interface ConnectDialogProps {
  page: Pick<ModelsPage, "providers" | "presets" | "compatible" | "connections">;
  onClose: () => void;
}

/** Connects models: the server asks one of each kind a question first and keeps the connection only if they answer. */
export function ConnectDialog({ page, onClose }: ConnectDialogProps) {
  const { t, i18n } = useTranslation("models");
  const queries = useQueryClient();
  const formId = useId();
  const sources = useMemo(() => sourcesOf(page), [page]);
  const taken = page.connections.map(({ name }) => name);
  const [form, setForm] = useState<ConnectForm>(() => emptyForm(sources[0] as ModelSource, taken));
  const [wasSent, setSent] = useState(false);
  const source = sources.find(({ id }) => id === form.source) as ModelSource;
  const faults = wasSent ? faultsOf(form, source) : {};
  const connect = useMutation({
    mutationFn: () => models.connect(bodyOf(form, source)),
    onSuccess: async (connection) => {
      await queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
      toast.done(t("form.done", { name: connection.name }));
      onClose();
    },
  });
  const choose = (id: string) => {
    const next = sources.find((each) => each.id === id);
    if (next) setForm(emptyForm(next, taken));
    setSent(false);
    connect.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(faultsOf(form, source)).length === 0 && !connect.isPending) connect.mutate();
  };
  const optionsOf = (group: ModelSource["group"]) =>
    sources
      .filter((each) => each.group === group)
      .map(({ id, title, filled }) =>
        id === COMPATIBLE
          ? { value: id, label: t("form.compatible"), hint: t("form.compatibleHint") }
          : { value: id, label: inLanguage(title, i18n.language), hint: filled.base_url },
      );

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("form.title")}
      description={t("form.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={connect.isPending}>
          {t("form.submit")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <Field label={t("form.provider")}>
          {(control) => (
            <Select
              {...control}
              value={form.source}
              onChange={choose}
              options={[
                { group: t("form.providers"), options: optionsOf("provider") },
                { group: t("form.servers"), options: optionsOf("server") },
              ]}
            />
          )}
        </Field>
        <ConnectionFields
          source={source}
          form={form}
          onChange={setForm}
          faults={faults}
          error={connect.error}
          isTesting={connect.isPending}
        >
          <Field
            label={t("form.name")}
            help={t("form.nameHelp")}
            error={faults.name && t(`form.${faults.name}`)}
          >
            {(control) => (
              <Input
                {...control}
                spellCheck={false}
                maxLength={40}
                value={form.name}
                onChange={({ target }) => setForm({ ...form, name: target.value })}
              />
            )}
          </Field>
        </ConnectionFields>
      </form>
    </Dialog>
  );
}
