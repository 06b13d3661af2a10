import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/api/errors";
import { toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Segmented } from "@/ui";
import { DescriptionText } from "./DescriptionText";
import { toolSources } from "./endpoints";
import css from "./tools.module.css";

export interface DescriptionDialogProps {
  onClose: () => void;
  /** What comes next: to choose which operations are used. */
  onAdded: (source: ToolSource) => void;
}

/** Makes tools of an API description: its text, or where it is. */
export default function DescriptionDialog({ onClose, onAdded }: DescriptionDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const [from, setFrom] = useState<"text" | "address">("text");
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [address, setAddress] = useState("");
  const [base, setBase] = useState("");
  const [wasSent, setSent] = useState(false);
  const add = useMutation({
    mutationFn: () =>
      toolSources.describe(
        from === "text"
          ? { name, text, address: "", base_address: base }
          : { name, text: "", address, base_address: "" },
      ),
    onSuccess: async (source) => {
      await queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
      onAdded(source);
    },
  });
  const said = from === "text" ? text : address;
  const needsBase = base !== "" || (add.error !== null && asApiError(add.error).field === "base_address");
  const missing = (value: string) => (wasSent && value.trim() === "" ? t("form.missing") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (name.trim() !== "" && said.trim() !== "" && !add.isPending) add.mutate();
  };
  return (
    <Dialog
      open
      size="l"
      onOpenChange={(open) => !open && onClose()}
      title={t("describe.title")}
      description={t("describe.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={add.isPending}>
          {t("describe.read")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <Field label={t("form.name")} error={missing(name)}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={60}
              placeholder={t("form.namePlaceholder")}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Segmented
          label={t("describe.from")}
          value={from}
          onChange={setFrom}
          options={[
            { value: "text", label: t("describe.fromText") },
            { value: "address", label: t("describe.fromAddress") },
          ]}
        />
        {from === "text" ? (
          <DescriptionText value={text} onChange={setText} error={missing(text)} />
        ) : (
          <Field label={t("describe.address")} help={t("describe.addressHelp")} error={missing(address)}>
            {(control) => (
              <Input
                {...control}
                type="url"
                value={address}
                maxLength={2_000}
                placeholder="https://api.example.com/openapi.json"
                onChange={({ target }) => setAddress(target.value)}
              />
            )}
          </Field>
        )}
        {from === "text" && needsBase && (
          <Field label={t("operations.base")} help={t("describe.baseHelp")}>
            {(control) => (
              <Input
                {...control}
                type="url"
                value={base}
                maxLength={2_000}
                placeholder="https://api.example.com/v1"
                onChange={({ target }) => setBase(target.value)}
              />
            )}
          </Field>
        )}
        {!add.isPending && <FaultBanner error={add.error} />}
      </form>
    </Dialog>
  );
}
