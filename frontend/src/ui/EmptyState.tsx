import type { ReactNode } from "react";
import css from "./EmptyState.module.css";

export interface EmptyStateProps {
  icon?: ReactNode;
  title: ReactNode;
  /** "h1" where it is the whole page. */
  as?: "p" | "h1" | "h2";
  children?: ReactNode;
  action?: ReactNode;
}

/** What this place is for and what can be done now. */
export function EmptyState({ icon, title, as: Title = "p", children, action }: EmptyStateProps) {
  return (
    <div className={css.empty}>
      {icon && (
        <div className={css.icon} aria-hidden="true">
          {icon}
        </div>
      )}
      <Title className={css.title}>{title}</Title>
      {children && <div className={css.text}>{children}</div>}
      {action && <div className={css.action}>{action}</div>}
    </div>
  );
}
