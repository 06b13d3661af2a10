import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";
import css from "./Tooltip.module.css";

export const TooltipProvider = Radix.Provider;

export interface TooltipProps {
  text: ReactNode;
  keys?: string;
  side?: "top" | "right" | "bottom" | "left";
  /** The one element that has the tooltip. */
  children: ReactNode;
}

/** A short text at hover and focus. Needs a TooltipProvider above. */
export function Tooltip({ text, keys, side = "bottom", children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css.tooltip} side={side} sideOffset={6} collisionPadding={8}>
          {text}
          {keys && <kbd className={css.keys}>{keys}</kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
