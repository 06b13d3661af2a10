import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { secretsQuery, toolSourcesQuery } from "@/api/queries";
import type { NewToolSource, ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Select, toast } from "@/ui";
import { toolSources } from "./endpoints";
import css from "./tools.module.css";

export interface SourceDialogProps {
  /** The source to change; null for a new one. */
  source: ToolSource | null;
  onClose: () => void;
}

const PLACES = ["bearer", "basic", "header", "query"] as const;
type Place = (typeof PLACES)[number];

/** Connects a server by its address, or changes how a connected one is called and signed in to. */
export function SourceDialog({ source, onClose }: SourceDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const { data: kept } = useQuery(secretsQuery);
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
  const needsField = form.secret_place === "header" || form.secret_place === "query";
  const isWhole =
    form.name.trim() !== "" &&
    form.address.trim() !== "" &&
    (form.auth !== "secret" || (form.secret !== "" && (!needsField || form.secret_field.trim() !== "")));
  const missing = (text: string) => (wasSent && text.trim() === "" ? t("form.missing") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (isWhole && !keep.isPending) keep.mutate();
  };
  const secrets = kept?.secrets ?? [];
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={source ? t("form.changeTitle", { name: source.name }) : t("form.addTitle")}
      description={t("form.text")}
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
        <Field label={t("form.auth")}>
          {(control) => (
            <Select
              {...control}
              value={form.auth}
              onChange={(auth) => change({ auth: auth === "secret" ? "secret" : "none" })}
              options={[
                { value: "none", label: t("form.authNone") },
                { value: "secret", label: t("form.authSecret") },
              ]}
            />
          )}
        </Field>
        {form.auth === "secret" && (
          <>
            {secrets.length === 0 && <p className={css.quiet}>{t("form.noSecrets")}</p>}
            <Field label={t("form.secret")} error={missing(form.secret)}>
              {(control) => (
                <Select
                  {...control}
                  value={form.secret}
                  onChange={(secret) => change({ secret })}
                  options={secrets.map(({ name, hosts }) => ({
                    value: name,
                    label: name,
                    hint: hosts.join(", "),
                  }))}
                />
              )}
            </Field>
            <Field label={t("form.place")}>
              {(control) => (
                <Select
                  {...control}
                  value={form.secret_place}
                  onChange={(place) => change({ secret_place: place as Place, secret_field: "" })}
                  options={PLACES.map((place) => ({ value: place, label: t(`form.${place}`) }))}
                />
              )}
            </Field>
            {form.secret_place !== "bearer" && (
              <Field
                label={t(needsField ? "form.field" : "form.user")}
                error={needsField ? missing(form.secret_field) : undefined}
              >
                {(control) => (
                  <Input
                    {...control}
                    value={form.secret_field}
                    maxLength={100}
                    onChange={({ target }) => change({ secret_field: target.value })}
                  />
                )}
              </Field>
            )}
          </>
        )}
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
