import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import css from "./Disclosure.module.css";

export interface DisclosureProps {
  label: ReactNode;
  children: ReactNode;
  open?: boolean;
}

/** More, for who asks: "More options", "Show details". */
export function Disclosure({ label, children, open }: DisclosureProps) {
  return (
    <details className={css.disclosure} open={open}>
      <summary className={css.summary}>
        <ChevronRight className={css.icon} aria-hidden="true" />
        {label}
      </summary>
      <div className={css.body}>{children}</div>
    </details>
  );
}
