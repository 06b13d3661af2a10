import clsx from "clsx";
import type { CSSProperties } from "react";
import css from "./Skeleton.module.css";

/** Where something will be. Say "Loading" once, outside, with `<Loading>`. */
export function Skeleton({ className, style }: { className?: string; style?: CSSProperties }) {
  return <div aria-hidden="true" className={clsx(css.skeleton, className)} style={style} />;
}

/** Skeletons with one announcement for all of them. */
export function Loading({ label, lines = 3 }: { label: string; lines?: number }) {
  return (
    <div className={css.loading} role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
        <Skeleton key={line} style={{ width: `${100 - ((line * 17) % 45)}%` }} />
      ))}
    </div>
  );
}
