import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ModelKind } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { inLanguage } from "@/i18n/language";
import { Progress } from "@/ui";
import type { ConnectForm, FormFaults, ModelSource } from "./connectForm";
import { ModelNames } from "./ModelNames";
import css from "./models.module.css";
import { SourceFields } from "./SourceFields";

interface ConnectionFieldsProps {
  source: ModelSource;
  form: ConnectForm;
  onChange: (form: ConnectForm) => void;
  faults: FormFaults;
  kept?: readonly string[];
  error: unknown;
  isTesting: boolean;
  /** Further fields, at the end. */
  children?: ReactNode;
}

/** What a connection consists of: the fields of its source, its models, and how the test went. */
export function ConnectionFields(props: ConnectionFieldsProps) {
  const { source, form, onChange, faults, kept, error, isTesting, children } = props;
  const { t, i18n } = useTranslation("models");
  const change = (fields: Partial<ConnectForm>) => onChange({ ...form, ...fields });
  const help = inLanguage(source.help, i18n.language);
  const first = source.kinds[0];
  const noNames = (kind: ModelKind) =>
    kind === first ? faults.models && t(`form.${faults.models}`) : undefined;
  return (
    <>
      {(help || source.keyPage) && (
        <p className={css.text}>
          {help}{" "}
          {source.keyPage && (
            <a href={source.keyPage} target="_blank" rel="noopener noreferrer">
              {t("form.keyPage")}
            </a>
          )}
        </p>
      )}
      {source.group === "server" && <p className={css.text}>{t("form.private")}</p>}
      <SourceFields
        fields={source.fields}
        values={form.fields}
        kept={kept}
        faults={faults}
        onChange={(name, value) => change({ fields: { ...form.fields, [name]: value } })}
      />
      {source.kinds.includes("chat") && (
        <ModelNames
          label={t("form.models")}
          help={t("form.modelsHelp")}
          value={form.models}
          onChange={(models) => change({ models })}
          examples={source.examples.chat ?? []}
          error={noNames("chat")}
        />
      )}
      {source.kinds.includes("embedding") && (
        <ModelNames
          label={t("form.embedding")}
          optional={t("form.optional")}
          help={t("form.embeddingHelp")}
          value={form.embedding_models}
          onChange={(embedding_models) => change({ embedding_models })}
          examples={source.examples.embedding ?? []}
          error={noNames("embedding")}
        />
      )}
      {source.kinds.includes("rerank") && (
        <ModelNames
          label={t("form.rerank")}
          optional={t("form.optional")}
          help={t("form.rerankHelp")}
          value={form.rerank_models}
          onChange={(rerank_models) => change({ rerank_models })}
          examples={source.examples.rerank ?? []}
          error={noNames("rerank")}
        />
      )}
      {children}
      {isTesting && <Progress label={t("form.testing")} />}
      {!isTesting && <FaultBanner error={error} />}
    </>
  );
}
