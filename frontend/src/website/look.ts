import { inkOn, type Side } from "./settings";

/** A window so small that the chat takes all of it. */
export const SMALL = "(max-width: 480px), (max-height: 480px)";

const USUAL_COLOR = "#1d63d8";

/**
 * How the button and its panel look. `!important` on the element itself: a page may style all of its elements, and for
 * those that a shadow is attached to its rules would win.
 */
export function styleOf(side: Side, color: string | null): string {
  const ground = color ?? USUAL_COLOR;
  return `
:host {
  all: initial !important;
  position: fixed !important;
  z-index: 2147483000 !important;
  inset: auto ${side === "right" ? "20px" : "auto"} 20px ${side === "left" ? "20px" : "auto"} !important;
  display: block !important;
  font: 16px/1.4 system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif !important;
  color-scheme: light dark !important;
}
button, a {
  box-sizing: border-box;
  font: inherit;
  cursor: pointer;
}
:focus-visible {
  outline: 3px solid ${ground};
  outline-offset: 3px;
}
.open {
  display: grid;
  place-items: center;
  width: 56px;
  height: 56px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: ${ground};
  color: ${inkOn(ground)};
  box-shadow: 0 4px 16px rgb(0 0 0 / .28);
}
.open span {
  display: grid;
}
.open svg {
  width: 26px;
  height: 26px;
}
.open.labelled {
  display: flex;
  align-items: center;
  gap: 10px;
  width: auto;
  padding: 0 22px;
  border-radius: 28px;
  font-weight: 600;
}
dialog {
  position: fixed;
  inset: auto ${side === "right" ? "20px" : "auto"} 88px ${side === "left" ? "20px" : "auto"};
  box-sizing: border-box;
  width: min(400px, calc(100vw - 40px));
  height: min(640px, calc(100dvh - 108px));
  max-width: none;
  max-height: none;
  margin: 0;
  padding: 0;
  border: 1px solid rgb(128 128 128 / .35);
  border-radius: 14px;
  background: Canvas;
  color: CanvasText;
  box-shadow: 0 8px 32px rgb(0 0 0 / .28);
  overflow: hidden;
}
iframe {
  position: absolute;
  inset: 0;
  display: block;
  width: 100%;
  height: 100%;
  border: 0;
  visibility: hidden;
}
dialog[data-ready] iframe {
  visibility: visible;
}
dialog[data-ready] .wait {
  display: none;
}
.wait {
  display: grid;
  place-content: center;
  justify-items: center;
  gap: 16px;
  box-sizing: border-box;
  height: 100%;
  padding: 24px;
  text-align: center;
}
.wait p {
  margin: 0;
}
.wait a {
  color: inherit;
}
.wait button {
  min-height: 44px;
  padding: 0 20px;
  border: 1px solid currentcolor;
  border-radius: 8px;
  background: transparent;
  color: inherit;
}
@media ${SMALL} {
  dialog {
    inset: 0;
    width: 100%;
    height: 100dvh;
    border: 0;
    border-radius: 0;
  }
}
@media print {
  :host {
    display: none !important;
  }
}`;
}
