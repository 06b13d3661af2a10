import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { Input } from "@/ui";
import { freeName, objectOf } from "../schema";
import { Rows } from "./rows";
import { TemplateField } from "./TemplateWidget";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

/** Values by names, each of which may be information from an earlier step. */
export function KeyValueWidget({ value, onChange, control, label }: WidgetProps) {
  const { t } = useTranslation("forms");
  const rows = Object.entries(objectOf(value)).map(([key, own]) => ({ key, value: own }));
  const called = (number: number, part: string) => `${label} ${number}: ${part}`;
  return (
    <Rows
      id={control.id}
      rows={rows}
      onChange={(next) => onChange(Object.fromEntries(next.map((r) => [r.key, r.value])))}
      fresh={() => ({
        key: freeName(
          t("newName"),
          rows.map((r) => r.key),
        ),
        value: "",
      })}
      add={t("addEntry")}
      remove={(i) => t("removeEntry", { number: i + 1 })}
    >
      {(row, change, i) => (
        <div className={css.halves}>
          <Input
            value={row.key}
            aria-label={called(i + 1, t("name"))}
            placeholder={t("name")}
            onChange={(event) => change({ ...row, key: event.target.value })}
          />
          <TemplateField
            id={`${control.id}-${i}-value`}
            label={called(i + 1, t("value"))}
            value={asText(row.value)}
            placeholder={t("value")}
            singleLine
            onChange={(text) => change({ ...row, value: readAs(row.value, text) })}
          />
        </div>
      )}
    </Rows>
  );
}

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What was typed: a text, unless there was something else before and this can still be read as that. */
function readAs(before: Json, text: string): Json {
  if (typeof before === "string") return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
