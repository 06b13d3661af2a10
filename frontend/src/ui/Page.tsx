import clsx from "clsx";
import type { ReactNode } from "react";
import css from "./Page.module.css";

/** A page of reading width with its title and, at the end, the one primary action. */
export function Page({
  title,
  lead,
  action,
  wide = false,
  children,
}: {
  title: string;
  lead?: ReactNode;
  action?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={clsx(css.page, wide && css.wide)}>
      <title>{`${title} · Treadle`}</title>
      <header className={css.head}>
        <div className={css.words}>
          <h1>{title}</h1>
          {lead && <p className={css.lead}>{lead}</p>}
        </div>
        {action && <div className={css.action}>{action}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page: heading, one line of explanation, content. Without a heading it is named by `label`. */
export function Section({
  title,
  label,
  text,
  aside,
  card = false,
  children,
}: {
  title?: ReactNode;
  label?: string;
  text?: ReactNode;
  aside?: ReactNode;
  card?: boolean;
  children?: ReactNode;
}) {
  return (
    <section className={clsx(css.section, card && css.card)} aria-label={label}>
      {title && (
        <div className={css.sectionHead}>
          <div className={css.words}>
            <h2>{title}</h2>
            {text && <p className={css.text}>{text}</p>}
          </div>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
