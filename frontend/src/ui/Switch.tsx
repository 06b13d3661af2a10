import { Switch as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import css from "./Switch.module.css";

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  help?: ReactNode;
  disabled?: boolean;
  id?: string;
}

/** On or off, with its label beside it; the change takes effect at once. */
export function Switch({ checked, onChange, label, help, disabled, id }: SwitchProps) {
  const own = useId();
  const control = id ?? own;
  return (
    <div className={css.row}>
      <Radix.Root
        className={css.track}
        id={control}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-describedby={help ? `${control}-help` : undefined}
      >
        <Radix.Thumb className={css.thumb} />
      </Radix.Root>
      <div>
        <label className={css.label} htmlFor={control}>
          {label}
        </label>
        {help && (
          <p className={css.help} id={`${control}-help`}>
            {help}
          </p>
        )}
      </div>
    </div>
  );
}
