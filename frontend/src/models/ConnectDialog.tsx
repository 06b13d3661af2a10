import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelProvider } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Progress, Select, Textarea, toast } from "@/ui";
import { asksFor, bodyOf, COMPATIBLE, type ConnectForm, emptyForm, faultsOf, nameFor } from "./connectForm";
import css from "./models.module.css";

/** Connects a model: the server asks it one question first and keeps the connection only if it answers. */
export function ConnectDialog({ providers, onClose }: { providers: ModelProvider[]; onClose: () => void }) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<ConnectForm>(() => emptyForm(providers));
  const [wasSent, setSent] = useState(false);
  const provider = providers.find(({ id }) => id === form.provider);
  const asks = asksFor(provider);
  const faults = wasSent ? faultsOf(form, provider) : {};
  const connect = useMutation({
    mutationFn: () => models.connect(bodyOf(form, provider)),
    onSuccess: async (connection) => {
      await queries.invalidateQueries({ queryKey: modelsQuery.queryKey });
      toast.done(t("form.done", { name: connection.name }));
      onClose();
    },
  });
  const change = (fields: Partial<ConnectForm>) => setForm({ ...form, ...fields });
  const errorOf = (field: keyof ConnectForm) => {
    const fault = faults[field];
    return fault && t(`form.${fault}`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(faultsOf(form, provider)).length === 0 && !connect.isPending) connect.mutate();
  };

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
              value={form.provider}
              onChange={(chosen) => change({ provider: chosen, name: nameFor(chosen) })}
              options={[
                ...providers.map(({ id, title }) => ({ value: id, label: title })),
                { value: COMPATIBLE, label: t("form.compatible"), hint: t("form.compatibleHint") },
              ]}
            />
          )}
        </Field>
        {asks.address === "yes" && (
          <Field label={t("form.address")} help={t("form.addressHelp")} error={errorOf("base_url")}>
            {(control) => (
              <Input
                {...control}
                type="url"
                value={form.base_url}
                placeholder="http://localhost:11434/v1"
                onChange={(event) => change({ base_url: event.target.value })}
              />
            )}
          </Field>
        )}
        {asks.key !== "no" && (
          <Field
            label={t("form.key")}
            optional={asks.key === "optional" ? t("form.keyOptional") : undefined}
            help={t("form.keyHelp")}
            error={errorOf("api_key")}
          >
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                spellCheck={false}
                value={form.api_key}
                onChange={(event) => change({ api_key: event.target.value })}
              />
            )}
          </Field>
        )}
        <Field label={t("form.models")} help={t("form.modelsHelp")} error={errorOf("models")}>
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              spellCheck={false}
              value={form.models}
              onChange={(event) => change({ models: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("form.name")} help={t("form.nameHelp")} error={errorOf("name")}>
          {(control) => (
            <Input
              {...control}
              spellCheck={false}
              maxLength={50}
              value={form.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        {connect.isPending && <Progress label={t("form.testing")} />}
        {!connect.isPending && <FaultBanner error={connect.error} />}
      </form>
    </Dialog>
  );
}
