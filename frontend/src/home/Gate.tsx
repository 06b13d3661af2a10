import type { ReactNode } from "react";
import css from "./Gate.module.css";

/** The frame of the pages before one is signed in: one card, nothing else. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={css.gate}>
      <title>{`${title} · Treadle`}</title>
      <div className={css.card}>
        <img
          className={css.mark}
          src={`${import.meta.env.BASE_URL}treadle.svg`}
          alt="Treadle"
          width={40}
          height={40}
        />
        <h1 className={css.title}>{title}</h1>
        {children}
      </div>
    </main>
  );
}
