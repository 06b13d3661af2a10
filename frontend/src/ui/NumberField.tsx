import clsx from "clsx";
import { Minus, Plus } from "lucide-react";
import { type ComponentProps, useState } from "react";
import css from "./NumberField.module.css";
import { numberOfText, stepped } from "./number";
import { useUiWords } from "./words";

export interface NumberFieldProps
  extends Omit<ComponentProps<"input">, "value" | "onChange" | "min" | "max" | "step" | "type"> {
  value: number | null;
  /** Null when the field is emptied. Only called with numbers inside the range. */
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number;
}

/** A number that can be typed or stepped. What is not a number stays visible, but is not passed on. */
export function NumberField({
  value,
  onChange,
  min,
  max,
  step = 1,
  className,
  disabled,
  ...rest
}: NumberFieldProps) {
  const words = useUiWords();
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (value === null ? "" : String(value));
  const change = (by: number) => {
    setDraft(null);
    onChange(stepped(value, by, { min, max, step }));
  };
  return (
    <div className={clsx(css.field, className)} data-disabled={disabled || undefined}>
      <input
        {...rest}
        className={css.input}
        inputMode="decimal"
        disabled={disabled}
        value={shown}
        onChange={(event) => {
          setDraft(event.target.value);
          const read = numberOfText(event.target.value, { min, max });
          if (read !== undefined) onChange(read);
        }}
        onBlur={(event) => {
          setDraft(null);
          rest.onBlur?.(event);
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          change(event.key === "ArrowUp" ? 1 : -1);
        }}
      />
      <button
        type="button"
        tabIndex={-1}
        aria-label={words.decrease}
        disabled={disabled}
        onClick={() => change(-1)}
      >
        <Minus aria-hidden="true" />
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-label={words.increase}
        disabled={disabled}
        onClick={() => change(1)}
      >
        <Plus aria-hidden="true" />
      </button>
    </div>
  );
}
