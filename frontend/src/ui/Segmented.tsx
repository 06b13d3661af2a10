import { RadioGroup as Radix } from "radix-ui";
import type { ReactNode } from "react";
import css from "./Segmented.module.css";

export interface SegmentedProps<T extends string> {
  value: T;
  onChange: (value: T) => void;
  options: { value: T; label: ReactNode; icon?: ReactNode }[];
  label: string;
  disabled?: boolean;
}

/** A choice of a few short words, all in sight. */
export function Segmented<T extends string>({
  value,
  onChange,
  options,
  label,
  disabled,
}: SegmentedProps<T>) {
  return (
    <Radix.Root
      className={css.group}
      value={value}
      onValueChange={(next) => onChange(next as T)}
      aria-label={label}
      disabled={disabled}
      orientation="horizontal"
    >
      {options.map((option) => (
        <Radix.Item key={option.value} value={option.value} className={css.item}>
          {option.icon && (
            <span className={css.icon} aria-hidden="true">
              {option.icon}
            </span>
          )}
          {option.label}
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}
