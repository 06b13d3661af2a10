import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AskedField, Json } from "@/api/types";
import { Button, Field, IconButton } from "@/ui";
import { AskedControl } from "../apps/AskedControl";
import { preview } from "../info";
import { objectOf, textOf } from "../schema";
import { useFieldWith } from "../whole";
import css from "../widgets/WorkflowWidget.module.css";
import type { WidgetProps } from "../widgets/widget";
import { takenBy } from "./taken";

/** What the chosen tool is given: a field for each thing it takes, or a whole object of an earlier step. */
export default function ToolArguments({ value, onChange, control, label }: WidgetProps) {
  const { t } = useTranslation("forms");
  const tool = objectOf(useFieldWith("source-tool"));
  const [wantsWhole, setWantsWhole] = useState(false);
  const taken = takenBy(tool.input_schema);
  const isWhole = wantsWhole || typeof value === "string";
  const values = objectOf(value);
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = values;
    const all = next === undefined ? rest : { ...values, [name]: next };
    onChange(Object.keys(all).length > 0 ? all : undefined);
  };
  const turn = () => {
    setWantsWhole(!isWhole);
    onChange(undefined);
  };
  const left = tool.name ? Object.keys(values).filter((name) => !taken.some((one) => one.name === name)) : [];
  return (
    <fieldset className={css.inputs} id={control.id} tabIndex={-1} aria-label={label}>
      {taken.length === 0 && (
        <p className={css.quiet}>{t(textOf(tool.name) ? "tools.takesNothing" : "tools.chooseFirst")}</p>
      )}
      {isWhole && (
        <AskedControl
          field={fieldOf("", "object", [])}
          label={label}
          value={value}
          onChange={onChange}
          control={{ ...control, id: `${control.id}-whole` }}
        />
      )}
      {!isWhole &&
        taken.map((one) => (
          <Field
            key={`${textOf(tool.name)}.${one.name}.${one.kind}`}
            id={`${control.id}-${one.name}`}
            label={one.name}
            optional={one.isRequired ? undefined : t("optional")}
            help={one.text || undefined}
          >
            {(inner) => (
              <AskedControl
                field={fieldOf(one.name, one.kind, one.options)}
                label={one.name}
                value={values[one.name]}
                onChange={(next) => set(one.name, next)}
                control={inner}
              />
            )}
          </Field>
        ))}
      {left.length > 0 && (
        <div className={css.left}>
          <p className={css.quiet}>{t("tools.leftOver")}</p>
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
      {taken.length > 0 && (
        <div>
          <Button size="s" look="quiet" onClick={turn}>
            {t(isWhole ? "tools.parts" : "tools.whole")}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

const fieldOf = (name: string, type: AskedField["type"], options: string[]): AskedField => ({
  name,
  label: name,
  type,
  options,
  required: false,
  accepts: [],
});
