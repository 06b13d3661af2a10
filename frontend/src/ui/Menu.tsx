import clsx from "clsx";
import { DropdownMenu as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import css from "./Menu.module.css";

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "center" | "end";
  side?: "top" | "right" | "bottom" | "left";
}

export function Menu({ trigger, children, align = "end", side = "bottom" }: MenuProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css.menu} align={align} side={side} sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface MenuItemProps extends ComponentProps<typeof Radix.Item> {
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
}

export function MenuItem({ icon, keys, danger, className, children, ...rest }: MenuItemProps) {
  return (
    <Radix.Item className={clsx(css.item, danger && css.danger, className)} {...rest}>
      <span className={css.icon} aria-hidden="true">
        {icon}
      </span>
      <span className={css.label}>{children}</span>
      {keys && <kbd className={css.keys}>{keys}</kbd>}
    </Radix.Item>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className={css.separator} />;
}
