import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { Textarea } from "@/ui";
import { hints, textOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

/** For values no other widget can show: the value as JSON, checked while typing. */
export function JsonWidget({ value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("forms");
  const [draft, setDraft] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  return (
    <div className={css.stack}>
      <Textarea
        {...control}
        className={css.code}
        aria-invalid={isBroken || control["aria-invalid"]}
        spellCheck={false}
        rows={4}
        grows
        value={draft ?? (value === undefined || value === null ? "" : JSON.stringify(value, null, 2))}
        onChange={(event) => {
          const text = event.target.value;
          setDraft(text);
          const read = parse(text);
          setBroken(!read.ok);
          if (read.ok) onChange(read.value);
        }}
        onBlur={() => !isBroken && setDraft(null)}
      />
      {isBroken && (
        <p className={css.error} role="alert">
          {t("notJson")}
        </p>
      )}
    </div>
  );
}

export function CodeWidget({ schema, value, onChange, control }: WidgetProps) {
  return (
    <Textarea
      {...control}
      className={css.code}
      spellCheck={false}
      rows={6}
      grows
      value={textOf(value)}
      placeholder={textOf(hints(schema).placeholder)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function parse(text: string): { ok: true; value: Json | undefined } | { ok: false } {
  if (text.trim() === "") return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    return { ok: false };
  }
}
