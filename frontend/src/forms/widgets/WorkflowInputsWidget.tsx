import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { askedQuery } from "@/api/queries";
import type { AskedField, Json } from "@/api/types";
import { Field, IconButton } from "@/ui";
import { AskedControl } from "../apps/AskedControl";
import { numberOf } from "../apps/chosen";
import { preview } from "../info";
import { faultsOf, objectOf, textOf } from "../schema";
import { useFieldWith } from "../whole";
import { RowFaults } from "./rows";
import css from "./WorkflowWidget.module.css";
import type { WidgetProps } from "./widget";

/** What the chosen app asks for besides the message: one field for each, by its kind. */
export function WorkflowInputsWidget({ value, onChange, control, faults, label }: WidgetProps) {
  const { t } = useTranslation("forms");
  const app = textOf(useFieldWith("workflow"));
  const number = numberOf(useFieldWith("workflow-version"));
  const { data, isPending, isError } = useQuery({ ...askedQuery(app, number), enabled: app !== "" });
  const values = objectOf(value);
  const asked = data?.inputs ?? [];
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = values;
    const all = next === undefined ? rest : { ...values, [name]: next };
    onChange(Object.keys(all).length > 0 ? all : undefined);
  };
  // While it is not known what is asked for, nothing that was typed is called left over.
  const left = data ? Object.keys(values).filter((name) => !asked.some((one) => one.name === name)) : [];
  const nothing = !app
    ? t("apps.chooseFirst")
    : isError
      ? t("apps.unknownInputs")
      : isPending
        ? ""
        : t("apps.asksNothing");
  return (
    <fieldset className={css.inputs} id={control.id} tabIndex={-1} aria-label={label}>
      {asked.length === 0 && nothing && <p className={css.quiet}>{nothing}</p>}
      {asked.map((one) => (
        <Asked
          key={`${app}.${one.name}.${one.type}`}
          id={`${control.id}-${one.name}`}
          field={one}
          value={values[one.name]}
          error={faultsOf(faults, one.name)
            .map((f) => f.message)
            .join(" ")}
          onChange={(next) => set(one.name, next)}
        />
      ))}
      {left.length > 0 && (
        <div className={css.left}>
          <p className={css.quiet}>{t("apps.leftOver")}</p>
          {left.map((name) => (
            <div key={name} className={css.leftRow}>
              <span>
                <b>{name}</b>: {preview(values[name])}
              </span>
              <IconButton label={t("apps.removeLeft", { name })} onClick={() => set(name, undefined)}>
                <Trash2 />
              </IconButton>
            </div>
          ))}
        </div>
      )}
      <RowFaults
        messages={faults
          .filter((f) => !asked.some((one) => faultsOf([f], one.name).length > 0))
          .map((f) => f.message)}
      />
    </fieldset>
  );
}

interface AskedProps {
  id: string;
  field: AskedField;
  value: Json | undefined;
  error: string;
  onChange: (value: Json | undefined) => void;
}

function Asked({ id, field, value, error, onChange }: AskedProps) {
  const { t } = useTranslation("forms");
  const label = field.label || field.name;
  const usual = preview(field.default ?? null);
  return (
    <Field
      id={id}
      label={label}
      optional={field.required ? undefined : t("optional")}
      error={error || undefined}
      help={usual ? t("apps.ifEmpty", { value: usual }) : undefined}
    >
      {(control) => (
        <AskedControl field={field} label={label} value={value} onChange={onChange} control={control} />
      )}
    </Field>
  );
}
