import css from "./Progress.module.css";

/** A line that says work goes on. Without `value` nobody knows how much is left. */
export function Progress({ label, value }: { label: string; value?: number }) {
  return (
    <div className={css.progress} role="status">
      <span className={css.label}>{label}</span>
      <span className={css.track} aria-hidden="true">
        <span
          className={value === undefined ? css.unknown : css.bar}
          style={value === undefined ? undefined : { inlineSize: `${Math.round(value * 100)}%` }}
        />
      </span>
    </div>
  );
}
