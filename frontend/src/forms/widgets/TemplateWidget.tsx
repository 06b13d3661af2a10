import { lazy, Suspense } from "react";
import { hints, textOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

const TemplateEditor = lazy(() => import("../template/TemplateEditor"));

export interface TemplateFieldProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  singleLine?: boolean;
  describedBy?: string;
  isInvalid?: boolean;
  /** The (+ Info) button; off where there is no room for it. */
  withButton?: boolean;
}

/** Text with information from earlier steps in it. The editor behind it is loaded when a form first needs it. */
export function TemplateField(props: TemplateFieldProps) {
  return (
    <Suspense fallback={<div className={css.loading}>{props.value}</div>}>
      <TemplateEditor {...props} />
    </Suspense>
  );
}

export function TemplateWidget({ schema, label, value, onChange, control }: WidgetProps) {
  const placeholder = textOf(hints(schema).placeholder);
  return (
    <TemplateField
      id={control.id}
      label={label}
      value={typeof value === "string" ? value : value == null ? "" : JSON.stringify(value)}
      onChange={onChange}
      // An example with braces is for those who write files; here information is a chip.
      placeholder={placeholder.includes("{{") ? "" : placeholder}
      describedBy={control["aria-describedby"]}
      isInvalid={control["aria-invalid"]}
      singleLine={hints(schema).oneLine === true}
      withButton
    />
  );
}
