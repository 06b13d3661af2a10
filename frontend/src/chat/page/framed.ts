/** The page in a frame on somebody's website: whose page that is, and what is said to the button there. */

import { CLOSE, OPENED, READY } from "@/website/said";

/** `/embed/<slug>`, where no cookie says who the visitor is. */
export const isFramed = (path: string): boolean => path.startsWith("/embed/");

/**
 * The origin of the page around this one; "" where there is none, or the browser does not say. Neither can be made up
 * by that page: the browser fills them in.
 */
export function siteAround(): string {
  const around = location.ancestorOrigins?.[0] ?? document.referrer;
  try {
    return window.parent === window ? "" : new URL(around).origin;
  } catch {
    return "";
  }
}

export interface Around {
  /** The button takes the chat away. */
  close: () => void;
}

/** Speaks with the button on `site` and nobody else. `onOpened`: the chat was hidden and is seen again. */
export function speakWith(site: string, onOpened: () => void): Around {
  const say = (word: string) => {
    if (site) window.parent.postMessage(word, site);
  };
  window.addEventListener("message", ({ data, origin, source }) => {
    if (source === window.parent && origin === site && data === OPENED) onOpened();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    // Escape closes what lies on top, and that alone.
    if (!document.querySelector("dialog[open]")) say(CLOSE);
  });
  say(READY);
  return { close: () => say(CLOSE) };
}
