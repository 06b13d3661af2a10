import { type ReactNode, useId } from "react";
import css from "./Field.module.css";

/** What a control needs to be tied to its label, help and error. Spread it on the control. */
export interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

export interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  /** Beside the label, at the end: a counter, a small button. */
  aside?: ReactNode;
  /** Word shown after the label of a field that may stay empty. */
  optional?: string;
  id?: string;
  /** For a label that stands elsewhere already (a heading): it is read aloud but takes no room. */
  hideLabel?: boolean;
  children: (control: ControlProps) => ReactNode;
}

/** Label, control, one help line, error: the one place that ties them together. */
export function Field({ label, help, error, aside, optional, id, hideLabel, children }: FieldProps) {
  const own = useId();
  const control = id ?? own;
  const helpId = `${control}-help`;
  const errorId = `${control}-error`;
  const described = [error && errorId, help && helpId].filter(Boolean).join(" ") || undefined;
  return (
    <div className={css.field}>
      <div className={hideLabel ? "visually-hidden" : css.head}>
        <label className={css.label} htmlFor={control}>
          {label}
          {optional && <span className={css.optional}> {optional}</span>}
        </label>
        {aside}
      </div>
      {children({
        id: control,
        "aria-describedby": described,
        "aria-invalid": error ? true : undefined,
      })}
      {error && (
        <p className={css.error} id={errorId}>
          {error}
        </p>
      )}
      {help && (
        <p className={css.help} id={helpId}>
          {help}
        </p>
      )}
    </div>
  );
}
