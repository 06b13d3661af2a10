import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { knowledge } from "@/api/endpoints";
import { documentsQuery } from "@/api/queries";
import type { DocumentField, FieldValue, Knowledge, KnowledgeDocument } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import type { ControlProps } from "@/ui";
import { Button, Dialog, Field, Input, NumberField, Select, toast } from "@/ui";
import css from "./fields.module.css";
import { shared } from "./values";

/** What one document, or several at once, have in the fields of their collection. */
export function ValuesDialog({
  collection,
  documents,
  onClose,
}: {
  collection: Knowledge;
  documents: KnowledgeDocument[];
  onClose: () => void;
}) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const form = useId();
  const [changed, setChanged] = useState<Record<string, FieldValue>>({});
  const [first] = documents;
  const save = useMutation({
    mutationFn: () =>
      knowledge.setValues(collection.id, { documents: documents.map(({ id }) => id), values: changed }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: documentsQuery(collection.id).queryKey, exact: true });
      toast.done(t("values.saved"));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    if (Object.keys(changed).length === 0) onClose();
    else save.mutate();
  };
  const title =
    documents.length === 1
      ? t("values.title", { name: first?.title ?? "" })
      : t("values.titleSeveral", { count: documents.length });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={documents.length === 1 ? undefined : t("values.severalText")}
      footer={
        <Button look="primary" type="submit" form={form} busy={save.isPending}>
          {common("action.save")}
        </Button>
      }
    >
      {documents.length === 1 && first && <Known document={first} />}
      <form id={form} className={css.form} onSubmit={submit} noValidate>
        {collection.fields.map((field) => {
          const { value, differs } = shared(documents, field.name);
          return (
            <Field
              key={field.name}
              label={field.name}
              help={differs && !(field.name in changed) ? t("values.differs") : undefined}
            >
              {(control) => (
                <ValueControl
                  control={control}
                  kind={field.kind}
                  value={field.name in changed ? (changed[field.name] ?? null) : value}
                  onChange={(next) => setChanged((before) => ({ ...before, [field.name]: next }))}
                />
              )}
            </Field>
          );
        })}
        {!save.isPending && <FaultBanner error={save.error} />}
      </form>
    </Dialog>
  );
}

function Known({ document }: { document: KnowledgeDocument }) {
  const { t, i18n } = useTranslation("knowledge");
  const languages = new Intl.DisplayNames([i18n.language], { type: "language" });
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" });
  const rows = [
    [t("fields.builtIn.kind"), document.kind],
    [t("fields.builtIn.uploaded_at"), day.format(new Date(document.created_at))],
    [t("fields.builtIn.uploaded_by"), document.uploaded_by],
    [t("fields.builtIn.language"), document.language && languages.of(document.language)],
  ].filter(([, value]) => value);
  return (
    <dl className={css.known}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ValueControl({
  control,
  kind,
  value,
  onChange,
}: {
  control: ControlProps;
  kind: DocumentField["kind"];
  value: FieldValue;
  onChange: (value: FieldValue) => void;
}) {
  const { t } = useTranslation("knowledge");
  if (kind === "boolean") {
    return (
      <Select
        {...control}
        value={value === null ? "" : String(value)}
        onChange={(chosen) => onChange(chosen === "" ? null : chosen === "true")}
        options={[
          { value: "", label: t("values.none") },
          { value: "true", label: t("values.yes") },
          { value: "false", label: t("values.no") },
        ]}
      />
    );
  }
  if (kind === "number") {
    return <NumberField {...control} value={typeof value === "number" ? value : null} onChange={onChange} />;
  }
  return (
    <Input
      {...control}
      type={kind === "date" ? "date" : "text"}
      maxLength={500}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.target.value || null)}
    />
  );
}
