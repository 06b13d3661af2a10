import type { CSSProperties } from "react";
import css from "./StepIcon.module.css";

/** The colour of a group as a custom property, for whatever is inside. */
export const groupColour = (group: string): CSSProperties =>
  ({ "--group": `var(--${group.toLowerCase()})` }) as CSSProperties;

/** A step type's picture on its group's colour. Decoration: the title beside it says the same. */
export function StepIcon({
  icon,
  group,
  size = "m",
}: {
  icon: string;
  group: string;
  size?: "s" | "m" | "l";
}) {
  return (
    <span className={css.tile} data-size={size} style={groupColour(group)} aria-hidden="true">
      <span
        className={css.glyph}
        style={icon ? { maskImage: `url("${icon}")`, WebkitMaskImage: `url("${icon}")` } : undefined}
        data-plain={icon ? undefined : ""}
      />
    </span>
  );
}
