import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { environment } from "@/api/endpoints";
import { environmentQuery } from "@/api/queries";
import type { SharedInfo, SharedKind } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { KindControl } from "@/forms/kinds/KindControl";
import { Button, Dialog, Field, Input, Select, toast } from "@/ui";
import css from "./SharedDialog.module.css";
import { faultsOf, formOf, SHARED_KINDS, type SharedForm, withKind } from "./sharedForm";

export interface SharedDialogProps {
  /** What is to be changed; null for something new. */
  shared: SharedInfo | null;
  onClose: () => void;
}

/** Keeps information under a name, or changes what is kept. The name stays, for apps use it. */
export function SharedDialog({ shared, onClose }: SharedDialogProps) {
  const { t } = useTranslation("environment");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<SharedForm>(() => formOf(shared));
  const [isMisfit, setMisfit] = useState(false);
  const [wasSent, setSent] = useState(false);
  const faults = wasSent ? faultsOf(form) : {};
  const keep = useMutation({
    mutationFn: () => {
      const { type, value } = form;
      const body = { type, value, description: form.description.trim() };
      return shared
        ? environment.change(shared.id, body)
        : environment.add({ name: form.name.trim(), ...body });
    },
    onSuccess: async (kept) => {
      await queries.invalidateQueries({ queryKey: environmentQuery.queryKey });
      toast.done(t(shared ? "form.changed" : "form.added", { name: kept.name }));
      onClose();
    },
  });
  const change = (fields: Partial<SharedForm>) => setForm({ ...form, ...fields });
  const errorOf = (field: keyof SharedForm) => {
    const fault = faults[field] ?? (field === "value" && isMisfit ? "misfit" : undefined);
    return fault && t(`form.${fault}`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (!isMisfit && Object.keys(faultsOf(form)).length === 0 && !keep.isPending) keep.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={shared ? t("form.changeTitle", { name: shared.name }) : t("add")}
      description={t("form.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={keep.isPending}>
          {t("form.keep")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate autoComplete="off">
        {!shared && (
          <Field label={t("form.name")} help={t("form.nameHelp")} error={errorOf("name")}>
            {(control) => (
              <Input
                {...control}
                value={form.name}
                maxLength={50}
                spellCheck={false}
                onChange={(event) => change({ name: event.target.value.replace(/\s+/g, "_") })}
              />
            )}
          </Field>
        )}
        <Field label={t("form.kind")}>
          {(control) => (
            <Select
              {...control}
              value={form.type}
              onChange={(type) => {
                setMisfit(false);
                setForm(withKind(form, type as SharedKind));
              }}
              options={SHARED_KINDS.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) }))}
            />
          )}
        </Field>
        <Field label={t("form.value")} error={errorOf("value")}>
          {(control) => (
            <KindControl
              key={form.type}
              control={control}
              label={t("form.value")}
              kind={form.type}
              value={form.value}
              onChange={(value) => change({ value })}
              onMisfit={setMisfit}
              isLong
            />
          )}
        </Field>
        <Field label={t("form.description")} help={t("form.descriptionHelp")}>
          {(control) => (
            <Input
              {...control}
              value={form.description}
              maxLength={300}
              onChange={(event) => change({ description: event.target.value })}
            />
          )}
        </Field>
        {!keep.isPending && <FaultBanner error={keep.error} />}
      </form>
    </Dialog>
  );
}
