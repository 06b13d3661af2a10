import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ModelKind } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { inLanguage } from "@/i18n/language";
import { Disclosure, Progress } from "@/ui";
import { type ConnectForm, type FormFaults, MEDIA_KINDS, type ModelSource, NAMES } from "./connectForm";
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

const isMedia = (kind: ModelKind) => MEDIA_KINDS.some((each) => each === kind);

/** What a connection consists of: the fields of its source, its models, and how the test went. */
export function ConnectionFields(props: ConnectionFieldsProps) {
  const { source, form, onChange, faults, kept, error, isTesting, children } = props;
  const { t, i18n } = useTranslation("models");
  const change = (fields: Partial<ConnectForm>) => onChange({ ...form, ...fields });
  const help = inLanguage(source.help, i18n.language);
  const first = source.kinds[0];
  const noNames = (kind: ModelKind) =>
    kind === first ? faults.models && t(`form.${faults.models}`) : undefined;
  const names = (kind: ModelKind) => (
    <ModelNames
      key={kind}
      label={t(`form.${kind}`)}
      optional={kind === "chat" ? undefined : t("form.optional")}
      help={t(`form.${kind}Help`)}
      value={form[NAMES[kind]]}
      onChange={(text) => change({ [NAMES[kind]]: text })}
      examples={source.examples[kind] ?? []}
      error={noNames(kind)}
    />
  );
  const media = source.kinds.filter(isMedia);
  // Set when the form opens: what is open is not shut by what one types.
  const [hasMedia] = useState(() => media.some((kind) => form[NAMES[kind]] !== ""));
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
      {source.kinds.filter((kind) => !isMedia(kind)).map(names)}
      {media.length > 0 && (
        <Disclosure label={t("form.media")} open={media.length === source.kinds.length || hasMedia}>
          <div className={css.form}>{media.map(names)}</div>
        </Disclosure>
      )}
      {children}
      {isTesting && <Progress label={t("form.testing")} />}
      {!isTesting && <FaultBanner error={error} />}
    </>
  );
}
