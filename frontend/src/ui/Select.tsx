import clsx from "clsx";
import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ReactNode } from "react";
import type { ControlProps } from "./Field";
import css from "./Select.module.css";

export interface Option {
  value: string;
  label: ReactNode;
  /** A second, quieter line. */
  hint?: ReactNode;
  disabled?: boolean;
}

export interface SelectProps extends Partial<ControlProps> {
  value: string;
  onChange: (value: string) => void;
  options: Option[] | { group: string; options: Option[] }[];
  placeholder?: string;
  disabled?: boolean;
  "aria-label"?: string;
  className?: string;
}

// radix keeps "" for "nothing chosen"; ours may be a real choice ("the workspace's default").
const EMPTY = "\u0000empty";
const outer = (value: string) => (value === EMPTY ? "" : value);
const inner = (value: string) => (value === "" ? EMPTY : value);

export function Select({ value, onChange, options, placeholder, className, disabled, ...rest }: SelectProps) {
  const grouped = options.some((each) => "group" in each);
  const flat = options.flatMap((each) => ("group" in each ? each.options : [each]));
  const isKnown = flat.some((option) => option.value === value);
  return (
    <Radix.Root
      value={isKnown ? inner(value) : ""}
      onValueChange={(chosen) => onChange(outer(chosen))}
      disabled={disabled}
    >
      <Radix.Trigger className={clsx(css.trigger, className)} {...rest}>
        <span className={css.value}>
          <Radix.Value placeholder={placeholder ?? (isKnown ? undefined : value)} />
        </span>
        <Radix.Icon className={css.icon}>
          <ChevronDown aria-hidden="true" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css.content} position="popper" sideOffset={4} collisionPadding={8}>
          <Radix.Viewport className={css.viewport}>
            {grouped
              ? (options as { group: string; options: Option[] }[]).map(({ group, options: inGroup }) => (
                  <Radix.Group key={group}>
                    <Radix.Label className={css.group}>{group}</Radix.Label>
                    {inGroup.map((option) => (
                      <Item key={option.value} option={option} />
                    ))}
                  </Radix.Group>
                ))
              : (options as Option[]).map((option) => <Item key={option.value} option={option} />)}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Item({ option }: { option: Option }) {
  return (
    <Radix.Item className={css.item} value={inner(option.value)} disabled={option.disabled}>
      <span className={css.tick}>
        <Radix.ItemIndicator>
          <Check aria-hidden="true" />
        </Radix.ItemIndicator>
      </span>
      <span>
        <Radix.ItemText>{option.label}</Radix.ItemText>
        {option.hint && <span className={css.hint}>{option.hint}</span>}
      </span>
    </Radix.Item>
  );
}
