import clsx from "clsx";
import { Slot } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import css from "./Button.module.css";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger";

export interface ButtonProps extends ComponentProps<"button"> {
  look?: ButtonLook;
  size?: "m" | "s";
  /** Drawn before the label. */
  icon?: ReactNode;
  /** While true the button says so to everyone and does nothing; it keeps its focus. */
  busy?: boolean;
  /** Gives its look to the one child, such as a link. */
  asChild?: boolean;
}

export function Button({
  look = "secondary",
  size = "m",
  icon,
  busy = false,
  asChild = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const classes = clsx(css.button, css[look], size === "s" && css.small, className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type="button"
      className={classes}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {icon && (
        <span className={css.icon} aria-hidden="true">
          {icon}
        </span>
      )}
      {children}
      {busy && <span className={css.bar} aria-hidden="true" />}
    </button>
  );
}
