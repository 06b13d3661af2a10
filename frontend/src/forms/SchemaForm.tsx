import { Fragment, memo, type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { Disclosure, Field } from "@/ui";
import { FormWorldContext, useFormWorld } from "./info";
import css from "./SchemaForm.module.css";
import {
  type FieldFault,
  type FieldSchema,
  type FieldWords,
  faultsOf,
  fieldsOf,
  hints,
  inWords,
  isOptional,
  textOf,
  widgetName,
} from "./schema";
import { WholeFormContext } from "./whole";
import { widgetFor } from "./widgets";

export interface SchemaFormProps {
  schema: JsonSchema;
  value: JsonObject;
  onChange: (name: string, value: Json | undefined) => void;
  faults?: readonly FieldFault[];
  words?: FieldWords;
  /** Prefix of the controls' ids, so that a problem elsewhere can bring the person to its field. */
  id: string;
}

export const fieldId = (form: string, name: string): string => `${form}-${name}`;

/** A form drawn from a JSON Schema: the fields in sight first, the rest behind "More options". */
export function SchemaForm({ schema, value, onChange, faults = [], words, id }: SchemaFormProps) {
  const { t } = useTranslation("forms");
  const { main, more } = fieldsOf(schema, value);
  const draw = (field: FieldSchema): ReactNode => (
    <Fragment key={field.name}>
      <FormField
        field={field}
        value={value[field.name]}
        faults={faultsOf(faults, field.name)}
        words={words}
        id={fieldId(id, field.name)}
        onChange={onChange}
      />
    </Fragment>
  );
  const whole = useMemo(() => ({ schema, value }), [schema, value]);
  const hasHiddenFault = more.some((field) => faultsOf(faults, field.name).length > 0);
  return (
    <WholeFormContext value={whole}>
      <div className={css.form}>
        {main.map(draw)}
        {main.length === 0 && more.length === 0 && <p className={css.nothing}>{t("nothingToSet")}</p>}
        {more.length > 0 && (
          <Disclosure label={t("moreOptions")} open={hasHiddenFault || undefined}>
            <div className={css.more}>{more.map(draw)}</div>
          </Disclosure>
        )}
      </div>
    </WholeFormContext>
  );
}

interface FormFieldProps {
  field: FieldSchema;
  value: Json | undefined;
  faults: FieldFault[];
  words: FieldWords | undefined;
  id: string;
  onChange: (name: string, value: Json | undefined) => void;
}

/** A field with the information it may use: one about the rounds of the steps inside may use theirs. */
const FormField = memo(function FormField(props: FormFieldProps) {
  const world = useFormWorld();
  const isInside = hints(props.field.schema).scope === "inside";
  const inside = useMemo(() => ({ ...world, info: world.inside }), [world]);
  if (!isInside) return <PlainField {...props} />;
  return (
    <FormWorldContext value={inside}>
      <PlainField {...props} />
    </FormWorldContext>
  );
});

const PlainField = memo(function PlainField({ field, value, faults, words, id, onChange }: FormFieldProps) {
  const { t } = useTranslation("forms");
  const { name, schema } = field;
  const own = words?.(name);
  const label = own?.title ?? (textOf(schema.title) || name);
  const help = own?.description ?? textOf(schema.description);
  const Widget = widgetFor(widgetName(schema));
  const shared = {
    schema: inWords(schema, own),
    label,
    value: value === undefined ? (schema.default ?? undefined) : value,
    onChange: (next: Json | undefined) => onChange(name, next),
    faults: faults.filter((f) => f.path !== ""),
    isOptional: isOptional(field),
    words: words && ((part: string) => words(`${name}.${part}`)),
  };
  // Several pieces of information in one text may lack the same thing: it is said once.
  const error = [...new Set(faults.filter((f) => f.path === "").map((f) => f.message))].join(" ");
  if (Widget.labelsItself) {
    return (
      <Widget
        {...shared}
        help={help}
        control={{ id, "aria-describedby": undefined, "aria-invalid": undefined }}
      />
    );
  }
  return (
    <Field
      label={label}
      help={help || undefined}
      error={Widget.saysError ? undefined : error || undefined}
      optional={isOptional(field) && Widget.saysOptional ? t("optional") : undefined}
      id={id}
    >
      {(control) => <Widget {...shared} help={help} error={error} control={control} />}
    </Field>
  );
});
