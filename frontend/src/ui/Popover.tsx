import clsx from "clsx";
import { Popover as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import css from "./Popover.module.css";

export const Popover = Radix.Root;
export const PopoverTrigger = Radix.Trigger;
export const PopoverAnchor = Radix.Anchor;
export const PopoverClose = Radix.Close;

export interface PopoverContentProps extends ComponentProps<typeof Radix.Content> {
  children: ReactNode;
}

export function PopoverContent({ className, children, ...rest }: PopoverContentProps) {
  return (
    <Radix.Portal>
      <Radix.Content className={clsx(css.popover, className)} sideOffset={6} collisionPadding={8} {...rest}>
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}
