import clsx from "clsx";
import type { ReactNode } from "react";
import css from "./Badge.module.css";

export interface BadgeProps {
  tone?: "neutral" | "info" | "ok" | "warn" | "bad";
  icon?: ReactNode;
  children: ReactNode;
}

/** A word about a thing's state; the word says it, the colour only helps. */
export function Badge({ tone = "neutral", icon, children }: BadgeProps) {
  return (
    <span className={clsx(css.badge, css[tone])}>
      {icon && (
        <span className={css.icon} aria-hidden="true">
          {icon}
        </span>
      )}
      {children}
    </span>
  );
}
