import clsx from "clsx";
import type { ComponentProps, ReactNode } from "react";
import css from "./IconButton.module.css";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** Its name, also shown as a tooltip. */
  label: string;
  /** Keys that do the same, shown in the tooltip. */
  keys?: string;
  children: ReactNode;
  look?: "plain" | "accent" | "outline";
  tooltipSide?: "top" | "right" | "bottom" | "left";
}

export function IconButton({
  label,
  keys,
  children,
  look = "plain",
  tooltipSide,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys} side={tooltipSide}>
      <button type="button" aria-label={label} className={clsx(css.button, css[look], className)} {...rest}>
        {children}
      </button>
    </Tooltip>
  );
}
