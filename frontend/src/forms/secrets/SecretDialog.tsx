import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { secrets } from "@/api/endpoints";
import { secretsQuery } from "@/api/queries";
import type { Secret } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Textarea, toast } from "@/ui";
import css from "./SecretDialog.module.css";
import { faultsOf, formOf, hostsOf, type SecretForm } from "./secretForm";

export interface SecretDialogProps {
  /** The secret to replace; null for a new one. */
  secret: Secret | null;
  onClose: () => void;
  onKept?: (secret: Secret) => void;
}

/** Keeps a secret, or replaces what is kept. What is typed leaves this dialog once and never comes back. */
export function SecretDialog({ secret, onClose, onKept }: SecretDialogProps) {
  const { t } = useTranslation("secrets");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<SecretForm>(() => formOf(secret));
  const [wasSent, setSent] = useState(false);
  const faults = wasSent ? faultsOf(form, secret) : {};
  const keep = useMutation({
    mutationFn: () => {
      const hosts = hostsOf(form.hosts);
      const value = form.value.trim();
      return secret
        ? secrets.replace(secret.id, { hosts, value: value || null })
        : secrets.add({ name: form.name.trim(), value, hosts });
    },
    onSuccess: async (kept) => {
      await queries.invalidateQueries({ queryKey: secretsQuery.queryKey });
      toast.done(t(secret ? "form.replaced" : "form.added", { name: kept.name }));
      onKept?.(kept);
      onClose();
    },
  });
  const change = (fields: Partial<SecretForm>) => setForm({ ...form, ...fields });
  const errorOf = (field: keyof SecretForm) => {
    const fault = faults[field];
    return fault && t(`form.${fault}`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The dialog may stand inside another form, whose business this is not.
    event.stopPropagation();
    setSent(true);
    if (Object.keys(faultsOf(form, secret)).length === 0 && !keep.isPending) keep.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={secret ? t("form.replaceTitle", { name: secret.name }) : t("form.addTitle")}
      description={t("form.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={keep.isPending}>
          {t(secret ? "form.replace" : "form.add")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate autoComplete="off">
        {!secret && (
          <Field label={t("form.name")} help={t("form.nameHelp")} error={errorOf("name")}>
            {(control) => (
              <Input
                {...control}
                value={form.name}
                maxLength={60}
                onChange={(event) => change({ name: event.target.value })}
              />
            )}
          </Field>
        )}
        <Field
          label={t("form.value")}
          help={t(secret ? "form.valueKept" : "form.valueHelp")}
          error={errorOf("value")}
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              spellCheck={false}
              value={form.value}
              onChange={(event) => change({ value: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("form.hosts")} help={t("form.hostsHelp")} error={errorOf("hosts")}>
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              spellCheck={false}
              placeholder="api.example.com"
              value={form.hosts}
              onChange={(event) => change({ hosts: event.target.value })}
            />
          )}
        </Field>
        {!keep.isPending && <FaultBanner error={keep.error} />}
      </form>
    </Dialog>
  );
}
