import clsx from "clsx";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import css from "./Banner.module.css";

export type BannerTone = "info" | "ok" | "warn" | "bad";

const ICONS = { info: Info, ok: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

export interface BannerProps {
  tone?: BannerTone;
  /** What happened, in one sentence. */
  title?: ReactNode;
  /** What to do. */
  children?: ReactNode;
  actions?: ReactNode;
  /** Edge to edge at the top of a panel, instead of a box among others. */
  flush?: boolean;
  /** Announces itself when it appears: errors that answer something the person did. */
  live?: boolean;
  className?: string;
}

export function Banner({ tone = "info", title, children, actions, flush, live, className }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div
      className={clsx(css.banner, css[tone], flush && css.flush, className)}
      role={live ? "alert" : undefined}
    >
      <Icon className={css.icon} aria-hidden="true" />
      <div className={css.text}>
        {title && <p className={css.title}>{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}
