import clsx from "clsx";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Chunk } from "@/api/types";
import { Badge } from "@/ui";
import css from "./DocumentView.module.css";

/** One passage of a document. The one that was asked for is marked, brought into view, and has the focus. */
export function Passage({ chunk, total, isTarget }: { chunk: Chunk; total: number; isTarget: boolean }) {
  const { t } = useTranslation("knowledge");
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isTarget) return;
    box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: "center" });
  }, [isTarget]);
  const where = [
    t("document.passage", { number: chunk.index + 1, total }),
    chunk.page !== null && t("document.page", { page: chunk.page }),
  ];
  return (
    <article
      ref={box}
      className={clsx(css.passage, isTarget && css.target)}
      tabIndex={isTarget ? -1 : undefined}
      aria-current={isTarget || undefined}
    >
      <p className={css.where}>
        {where.filter(Boolean).join(" · ")}
        {isTarget && <Badge tone="info">{t("document.here")}</Badge>}
      </p>
      {chunk.heading && <p className={css.heading}>{chunk.heading}</p>}
      <p className={css.text}>{chunk.text}</p>
    </article>
  );
}
