/** How the button on a website is to look, as its line says it. */
export interface ButtonLook {
  side: "right" | "left";
  /** `#rrggbb` */
  color: string;
  label: string;
}

export const USUAL_LOOK: ButtonLook = { side: "right", color: "#1d63d8", label: "" };

/** The line that puts an app on a website. It says no more than it must: what is usual is left away. */
export function buttonLine(origin: string, slug: string, { side, color, label }: ButtonLook): string {
  const attributes = [
    `src="${origin}/embed.js"`,
    `data-app="${slug}"`,
    ...(side === USUAL_LOOK.side ? [] : [`data-position="${side}"`]),
    ...(color === USUAL_LOOK.color ? [] : [`data-color="${color}"`]),
    ...(label.trim() ? [`data-label="${escaped(label.trim())}"`] : []),
    "async",
  ];
  return `<script ${attributes.join(" ")}></script>`;
}

/** A page in `language` that has nothing on it but the button. */
export const pageWith = (line: string, language: string): string =>
  `<!doctype html><html lang="${escaped(language)}"><head><meta name="color-scheme" content="light dark"></head><body>${line}</body></html>`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
