import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { NewToolSource, ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Select, toast } from "@/ui";
import { toolSources } from "./endpoints";
import { isWholeKey, KeyFields, type KeyUse, PLACES } from "./KeyFields";
import css from "./tools.module.css";

export interface SourceDialogProps {
  /** The source to change; null for a new one. */
  source: ToolSource | null;
  onClose: () => void;
}

const WAYS = ["none", "oauth", "secret"] as const;

/** Connects a server by its address, or changes how a connected one is called and signed in to. */
export function SourceDialog({ source, onClose }: SourceDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<NewToolSource>(() => formOf(source));
  const [wasSent, setSent] = useState(false);
  const change = (fields: Partial<NewToolSource>) => setForm({ ...form, ...fields });
  const keep = useMutation({
    mutationFn: () => {
      const { address: _, ...rest } = form;
      return source ? toolSources.change(source.id, rest) : toolSources.add(form);
    },
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
      toast.done(t(source ? "form.saved" : "form.added", { name }));
      onClose();
    },
  });
  const isProgram = source?.kind === "stdio";
  const isWhole =
    form.name.trim() !== "" &&
    (isProgram || form.address.trim() !== "") &&
    (form.auth !== "secret" || isWholeKey(keyOf(form)));
  const missing = (text: string) => (wasSent && text.trim() === "" ? t("form.missing") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (isWhole && !keep.isPending) keep.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={source ? t("form.changeTitle", { name: source.name }) : t("form.addTitle")}
      description={t(isProgram ? "machine.text" : "form.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={keep.isPending}>
          {t(source ? "form.save" : "form.connect")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <Field label={t("form.name")} error={missing(form.name)}>
          {(control) => (
            <Input
              {...control}
              value={form.name}
              maxLength={60}
              placeholder={t("form.namePlaceholder")}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        {!source && (
          <Field label={t("form.address")} help={t("form.addressHelp")} error={missing(form.address)}>
            {(control) => (
              <Input
                {...control}
                type="url"
                value={form.address}
                maxLength={2_000}
                placeholder="https://tools.example.com/mcp"
                onChange={({ target }) => change({ address: target.value })}
              />
            )}
          </Field>
        )}
        {!isProgram && (
          <Field label={t("form.auth")}>
            {(control) => (
              <Select
                {...control}
                value={form.auth}
                onChange={(auth) => change({ auth: WAYS.find((way) => way === auth) ?? "none" })}
                options={[
                  { value: "none", label: t("form.authNone") },
                  { value: "oauth", label: t("form.authSignedIn") },
                  { value: "secret", label: t("form.authSecret") },
                ]}
              />
            )}
          </Field>
        )}
        {form.auth === "oauth" && <p className={css.quiet}>{t("form.signInLater")}</p>}
        {form.auth === "secret" && <KeyFields value={keyOf(form)} onChange={change} isChecked={wasSent} />}
        {!keep.isPending && <FaultBanner error={keep.error} />}
      </form>
    </Dialog>
  );
}

const formOf = (source: ToolSource | null): NewToolSource => ({
  name: source?.name ?? "",
  address: source?.address ?? "",
  auth: source?.auth ?? "none",
  secret: source?.secret ?? "",
  secret_place: PLACES.find((place) => place === source?.secret_place) ?? "bearer",
  secret_field: source?.secret_field ?? "",
});

const keyOf = ({ secret = "", secret_place = "bearer", secret_field = "" }: NewToolSource): KeyUse => ({
  secret,
  secret_place,
  secret_field,
});
