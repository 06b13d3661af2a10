/** The colours of notes and groups. They are calm: text in the usual colour stands out on each, in light and dark. */

import type { CSSProperties } from "react";
import type { Colour } from "@/api/types";

const TINTS = {
  amber: "--decide",
  green: "--know",
  blue: "--talk",
  violet: "--think",
  pink: "--do",
  grey: "--advanced",
} satisfies Record<Colour, string>;

export const COLOURS = Object.keys(TINTS) as Colour[];

/** A colour as a custom property, for whatever is inside. */
export const tint = (colour: Colour): CSSProperties =>
  ({ "--tint": `var(${TINTS[colour]})` }) as CSSProperties;
