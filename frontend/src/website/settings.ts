import type { Language } from "@/api/types";
import { browserLanguage, languageOf } from "@/i18n/language";

export type Side = "right" | "left";

/** What a page says in its script tag: `data-app`, and if it likes `data-position`, `data-color`, `data-label`, `data-inputs`. */
export interface ButtonSettings {
  /** Where the script came from, and the chat will. */
  origin: string;
  app: string;
  side: Side;
  /** `#rrggbb`; null: the usual one. */
  color: string | null;
  /** What the button and the chat are called; null: the usual words. */
  label: string | null;
  /** JSON: what the app is to know of its visitor. The chat reads it, and takes what the app asks for. */
  inputs: string;
  language: Language;
}

const APP = /^[a-z0-9-]{1,50}$/;
const COLOR = /^#[0-9a-f]{6}$/i;
const LONGEST_LABEL = 40;

/** The settings of a script tag on a page in `pageLanguage`; null when it does not name an app. */
export function settingsOf(
  script: { src: string; dataset: DOMStringMap },
  pageLanguage: string,
): ButtonSettings | null {
  const { app = "", position, color = "", label = "", inputs = "" } = script.dataset;
  if (!APP.test(app)) return null;
  return {
    origin: new URL(script.src).origin,
    app,
    side: position === "left" ? "left" : "right",
    color: COLOR.test(color) ? color : null,
    label: label.trim().slice(0, LONGEST_LABEL) || null,
    inputs,
    language: languageOf(pageLanguage) ?? browserLanguage(),
  };
}

/** Black or white, whichever is read better on a colour `#rrggbb`. */
export function inkOn(color: string): "#ffffff" | "#000000" {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16)));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

/** A channel as light, as WCAG 2 counts contrast. */
function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}
