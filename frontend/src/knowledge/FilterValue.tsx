import { useTranslation } from "react-i18next";
import { needsValue, shownValue } from "@/forms/documentFilter";
import type { ValueProps } from "@/forms/widgets/DocumentFilterRows";
import { Input, NumberField } from "@/ui";

/** What documents are compared with in a trial: typed in, as there are no earlier steps. */
export function FilterValue({ id, condition, kind, onChange }: ValueProps) {
  const { t } = useTranslation("forms");
  const { value, operator } = condition;
  const isSeveral = operator === "is_one_of";
  const control = { id: `${id}-value`, "aria-label": t("conditions.right") };
  if (!needsValue(operator)) return null;
  if (kind === "number" && !isSeveral) {
    return (
      <NumberField
        {...control}
        value={typeof value === "number" ? value : null}
        onChange={(next) => onChange({ ...condition, value: next })}
      />
    );
  }
  return (
    <Input
      {...control}
      type={kind === "date" ? "date" : "text"}
      maxLength={500}
      placeholder={isSeveral ? t("documents.several") : t("documents.example.text")}
      value={shownValue(value)}
      onChange={(event) => onChange({ ...condition, value: event.target.value })}
    />
  );
}
