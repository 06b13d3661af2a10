import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json, JsonObject } from "@/api/types";
import { SchemaForm } from "@/forms/SchemaForm";
import { JsonWidget } from "@/forms/widgets/JsonWidget";
import { Field } from "@/ui";
import { isApart } from "../apart";
import css from "./Again.module.css";
import { formOf, type ValueWords } from "./values";

export interface ValueFormProps extends ValueWords {
  value: Json;
  onChange: (value: Json) => void;
  /** What the whole is called, where it has no fields. */
  label: string;
}

/** What came in or out, to be changed field by field. A field keeps its kind while it is edited. */
export function ValueForm({ value, onChange, label, ...words }: ValueFormProps) {
  const { t } = useTranslation("runs");
  const id = useId();
  const [first] = useState(value);
  const { schema, title, options } = words;
  const large = isObject(first) ? Object.keys(first).filter((name) => isApart(first[name])) : [];
  const form = useMemo(
    () => (isObject(first) ? formOf(first, { schema, title, options }) : null),
    [first, schema, title, options],
  );
  if (!form || !isObject(value)) {
    return (
      <Field label={label}>
        {(control) => (
          <JsonWidget
            schema={{}}
            label={label}
            help=""
            value={value}
            control={control}
            faults={[]}
            isOptional
            onChange={(next) => onChange(next ?? null)}
          />
        )}
      </Field>
    );
  }
  if (large.length === 0 && Object.keys(form.properties ?? {}).length === 0)
    return <p className={css.quiet}>{t("value.nothing")}</p>;
  return (
    <>
      <SchemaForm
        id={id}
        schema={form}
        value={value}
        onChange={(name, next) => onChange({ ...value, [name]: next ?? null })}
      />
      {large.length > 0 && (
        <p className={css.quiet}>{t("again.tooLarge", { names: large.map(title).join(", ") })}</p>
      )}
    </>
  );
}

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);
