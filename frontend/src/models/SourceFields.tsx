import { useTranslation } from "react-i18next";
import type { ModelField } from "@/api/types";
import { inLanguage } from "@/i18n/language";
import { Field, Input } from "@/ui";
import type { FormFaults } from "./connectForm";

interface SourceFieldsProps {
  fields: readonly ModelField[];
  values: Record<string, string>;
  /** Secrets that the server has already: their fields may stay empty. */
  kept?: readonly string[];
  faults: FormFaults;
  onChange: (name: string, value: string) => void;
}

/** The fields that a source of models needs, drawn from what the server says about each. */
export function SourceFields({ fields, values, kept = [], faults, onChange }: SourceFieldsProps) {
  const { t, i18n } = useTranslation("models");
  return fields.map((field) => {
    const { name, is_secret, is_required, placeholder } = field;
    const own = inLanguage({ en: field.help, zh: field.help_zh }, i18n.language);
    const isKept = kept.includes(name);
    const usual = name === "api_key" ? t("form.keyHelp") : name === "base_url" ? t("form.addressHelp") : "";
    const fault = faults[`fields.${name}`];
    return (
      <Field
        key={name}
        label={inLanguage({ en: field.title, zh: field.title_zh }, i18n.language)}
        optional={is_required ? undefined : t("form.optional")}
        help={isKept ? t("form.kept") : own || usual || undefined}
        error={fault && t(`form.${fault}`)}
      >
        {(control) => (
          <Input
            {...control}
            type={is_secret ? "password" : name === "base_url" ? "url" : "text"}
            autoComplete="off"
            spellCheck={false}
            value={values[name] ?? ""}
            placeholder={isKept ? "••••••••" : placeholder}
            onChange={({ target }) => onChange(name, target.value)}
          />
        )}
      </Field>
    );
  });
}
