import { Braces, PencilLine } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AskedField, Json } from "@/api/types";
import { Button, type ControlProps, NumberField, Select, Textarea } from "@/ui";
import { textOf } from "../schema";
import { InfoSelect } from "../template/InfoSelect";
import { onlyRef } from "../template/syntax";
import { TemplateField } from "../widgets/TemplateWidget";
import css from "../widgets/WorkflowWidget.module.css";

export interface AskedControlProps {
  field: AskedField;
  label: string;
  value: Json | undefined;
  /** Undefined where nothing is given. */
  onChange: (value: Json | undefined) => void;
  control: ControlProps;
}

/** Gives a piece of information that an app asks for: texts with information in them, the rest as one or the other. */
export function AskedControl(props: AskedControlProps) {
  const { t } = useTranslation("forms");
  const { field, label, value, onChange, control } = props;
  switch (field.type) {
    case "text":
    case "paragraph":
      return (
        <TemplateField
          id={control.id}
          label={label}
          value={asTemplate(value)}
          onChange={(next) => onChange(next || undefined)}
          singleLine={field.type === "text"}
          describedBy={control["aria-describedby"]}
          withButton
        />
      );
    case "number":
      return (
        <Either {...props}>
          <NumberField
            {...control}
            value={typeof value === "number" ? value : null}
            onChange={(next) => onChange(next ?? undefined)}
          />
        </Either>
      );
    case "boolean":
      return (
        <Either {...props}>
          <Select
            {...control}
            value={typeof value === "boolean" ? String(value) : ""}
            onChange={(next) => onChange(next === "" ? undefined : next === "true")}
            options={[
              { value: "", label: t("apps.notGiven") },
              { value: "true", label: t("apps.yes") },
              { value: "false", label: t("apps.no") },
            ]}
          />
        </Either>
      );
    case "choice":
      return (
        <Either {...props}>
          <Select
            {...control}
            value={textOf(value)}
            onChange={(next) => onChange(next || undefined)}
            options={[
              { value: "", label: t("apps.notGiven") },
              ...(field.options ?? []).map((option) => ({ value: option, label: option })),
            ]}
          />
        </Either>
      );
    case "list":
      return (
        <Either {...props}>
          <Textarea
            {...control}
            rows={3}
            value={Array.isArray(value) ? value.map(textOf).join("\n") : ""}
            placeholder={t("inputs.onePerLine")}
            onChange={({ target }) => onChange(target.value ? target.value.split("\n") : undefined)}
          />
        </Either>
      );
    default:
      // A file or an object comes from a step that gives one.
      return <OneInfo {...props} />;
  }
}

/** Something fixed, or information from an earlier step. */
function Either({ children, ...props }: AskedControlProps & { children: ReactNode }) {
  const { t } = useTranslation("forms");
  const { field, value, onChange, label } = props;
  const [wantsInfo, setWantsInfo] = useState(false);
  // What does not fit the kind, typed when the app asked for something else, is shown as a text and not lost.
  const isInfo = wantsInfo || (value !== undefined && value !== null && !isFixed(field, value));
  const turn = () => {
    setWantsInfo(!isInfo);
    if (isInfo) onChange(undefined);
  };
  return (
    <div className={css.either}>
      {isInfo ? <OneInfo {...props} /> : children}
      <div>
        <Button
          size="s"
          look="quiet"
          icon={isInfo ? <PencilLine /> : <Braces />}
          aria-label={t(isInfo ? "apps.fixedFor" : "apps.infoFor", { label })}
          onClick={turn}
        >
          {t(isInfo ? "apps.fixed" : "apps.info")}
        </Button>
      </div>
    </div>
  );
}

/** Exactly one piece of information; a text around it, as files may have, is edited as a text. */
function OneInfo({ value, onChange, label, control }: AskedControlProps) {
  const template = asTemplate(value);
  if (template && onlyRef(template) === null) {
    return (
      <TemplateField
        id={control.id}
        label={label}
        value={template}
        onChange={(next) => onChange(next || undefined)}
        singleLine
        withButton
      />
    );
  }
  return <InfoSelect label={label} value={template} onChange={onChange} />;
}

const asTemplate = (value: Json | undefined): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);

function isFixed({ type, options }: AskedField, value: Json): boolean {
  if (type === "list") return Array.isArray(value);
  if (type === "choice") return typeof value === "string" && (options ?? []).includes(value);
  return typeof value === type;
}
