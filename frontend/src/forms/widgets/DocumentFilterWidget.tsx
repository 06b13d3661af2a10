import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { knowledgeListQuery } from "@/api/queries";
import { Switch } from "@/ui";
import { fieldsOfAll, filterOf, filterToJson, mayBeEmpty, shownValue } from "../documentFilter";
import { useFieldWith } from "../whole";
import css from "./ConditionsWidget.module.css";
import { DocumentFilterRows, type ValueProps } from "./DocumentFilterRows";
import { TemplateField } from "./TemplateWidget";
import type { WidgetProps } from "./widget";

/** Which documents are looked in, of those in the collections that the same form names. */
export function DocumentFilterWidget({ value, onChange, control, faults, label }: WidgetProps) {
  const { data } = useQuery(knowledgeListQuery);
  const chosen = useFieldWith("knowledge");
  const ids = Array.isArray(chosen) ? chosen : [chosen];
  const fields = fieldsOfAll(data?.knowledge.filter(({ id }) => ids.includes(id)) ?? []);
  const filter = filterOf(value);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the field's label stands above already
    <div className={css.case} id={control.id} tabIndex={-1} role="group" aria-label={label}>
      <DocumentFilterRows
        id={control.id}
        filter={filter}
        fields={fields}
        faults={faults}
        onChange={(next) => onChange(next.conditions.length > 0 ? filterToJson(next) : undefined)}
        value={(props) => <Value {...props} />}
      />
    </div>
  );
}

function Value({ id, condition, kind, isInvalid, onChange }: ValueProps) {
  const { t } = useTranslation("forms");
  return (
    <div className={css.value}>
      <TemplateField
        id={`${id}-value`}
        label={t("conditions.right")}
        singleLine
        withButton
        isInvalid={isInvalid}
        value={shownValue(condition.value)}
        placeholder={
          condition.operator === "is_one_of"
            ? t("documents.several")
            : t(`documents.example.${kind ?? "text"}`)
        }
        onChange={(next) => onChange({ ...condition, value: next })}
      />
      {mayBeEmpty(condition) && (
        <Switch
          id={`${id}-skip`}
          checked={condition.skip_empty}
          onChange={(skip_empty) => onChange({ ...condition, skip_empty })}
          label={t("documents.skipEmpty")}
        />
      )}
    </div>
  );
}
