import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { type ControlProps, Input, NumberField, Select, Textarea } from "@/ui";
import { JsonWidget } from "../widgets/JsonWidget";
import { fits } from "./kinds";

export interface KindControlProps {
  control: ControlProps;
  label: string;
  kind: string;
  value: Json;
  /** Given only what is of the kind. */
  onChange: (value: Json) => void;
  /** What is typed is not of the kind any more, or is again. */
  onMisfit: (isMisfit: boolean) => void;
  /** Texts of several lines. */
  isLong?: boolean;
}

/** Fills in a value of a kind. Give it the kind as its key, so that nothing of another kind stays behind. */
export function KindControl({ control, label, kind, value, onChange, onMisfit, isLong }: KindControlProps) {
  const { t } = useTranslation("forms");
  if (kind === "text") {
    const text = typeof value === "string" ? value : "";
    return isLong ? (
      <Textarea {...control} rows={2} grows value={text} onChange={({ target }) => onChange(target.value)} />
    ) : (
      <Input {...control} value={text} onChange={({ target }) => onChange(target.value)} />
    );
  }
  if (kind === "number") {
    return <NumberField {...control} value={typeof value === "number" ? value : null} onChange={onChange} />;
  }
  if (kind === "boolean") {
    return (
      <Select
        {...control}
        value={value === true ? "yes" : "no"}
        onChange={(chosen) => onChange(chosen === "yes")}
        options={[
          { value: "yes", label: t("apps.yes") },
          { value: "no", label: t("apps.no") },
        ]}
      />
    );
  }
  return (
    <JsonWidget
      schema={{}}
      label={label}
      help=""
      value={value}
      control={control}
      faults={[]}
      isOptional
      onChange={(next) => {
        const isFit = fits(next, kind);
        onMisfit(!isFit);
        if (isFit) onChange(next ?? null);
      }}
    />
  );
}
