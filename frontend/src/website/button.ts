import { SMALL, styleOf } from "./look";
import { CLOSE, OPENED, READY } from "./said";
import type { ButtonSettings } from "./settings";
import { WORDS } from "./words";

/** How long the page in the frame may be silent once it is loaded, and at all, before we say that it does not come. */
const SILENT_MS = 1_500;
const PATIENCE_MS = 20_000;

const BUBBLE = "M21 11.5a8.5 8.5 0 0 1-12.4 7.5L3 21l2-5.6A8.5 8.5 0 1 1 21 11.5z";
const CROSS = "M6 6l12 12M18 6L6 18";

/**
 * The round button at the edge of a website, and the chat that it opens in a frame of our own origin.
 *
 * All of it lies in a shadow root, so that neither the page's styles nor ours reach the other. Nothing here needs a
 * style attribute, `eval` or `innerHTML`: a page with a strict Content-Security-Policy allows our origin as script-src
 * and frame-src, and no more.
 */
export function showButton(settings: ButtonSettings): void {
  if (document.querySelector("treadle-chat")) return; // A page that loads its scripts again has one button still.
  const { origin, app, label, inputs, language } = settings;
  const words = WORDS[language];
  const name = label ?? words.label;
  // Behind the #, which no server is told.
  const chat = `${origin}/embed/${app}?lang=${language}#${encodeURIComponent(inputs)}`;

  const host = element("treadle-chat", { lang: language === "zh" ? "zh-CN" : language });
  const shadow = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(styleOf(settings.side, settings.color));
  shadow.adoptedStyleSheets = [style];

  const picture = element("span", {});
  const open = element("button", { type: "button", class: label ? "open labelled" : "open" }, picture);
  if (label) open.append(label);
  const said = element("p", { role: "status" }, words.loading);
  const wait = element("div", { class: "wait" }, said);
  const frame = element("iframe", {
    title: name,
    // Which website this is, and no more of its address.
    referrerpolicy: "origin",
    allow: "clipboard-write",
  });
  const leave = element("button", { type: "button" }, words.close);
  wait.append(leave);
  const panel = element("dialog", { "aria-label": name }, wait, frame);
  shadow.append(open, panel);

  const draw = () => {
    picture.replaceChildren(drawing(panel.open ? CROSS : BUBBLE));
    open.setAttribute(
      "aria-label",
      panel.open ? words.close : label ? `${label}: ${words.open}` : words.open,
    );
    open.setAttribute("aria-expanded", String(panel.open));
  };
  const say = (word: string) => frame.contentWindow?.postMessage(word, origin);
  const giveUp = () => {
    if ("ready" in panel.dataset || said.textContent === words.failed) return;
    said.textContent = words.failed;
    wait.insertBefore(
      element("a", { href: `${origin}/c/${app}`, target: "_blank", rel: "noopener" }, words.own),
      leave,
    );
  };
  const show = () => {
    if (matchMedia(SMALL).matches) panel.showModal();
    else panel.show();
    if (!frame.src) {
      frame.src = chat;
      setTimeout(giveUp, PATIENCE_MS);
    }
    if ("ready" in panel.dataset) {
      frame.focus();
      say(OPENED);
    }
    draw();
  };

  open.addEventListener("click", () => (panel.open ? panel.close() : show()));
  leave.addEventListener("click", () => panel.close());
  frame.addEventListener("load", () => frame.src && setTimeout(giveUp, SILENT_MS));
  panel.addEventListener("close", () => {
    draw();
    open.focus();
  });
  shadow.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "Escape" && panel.open) panel.close();
  });
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    if (event.data === READY) {
      panel.dataset.ready = "";
      // The focus was on what is hidden now; nothing is taken from the page around.
      if (document.activeElement === host) frame.focus();
    } else if (event.data === CLOSE) panel.close();
  });
  draw();
  document.body.append(host);
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K];
function element(tag: string, attributes: Record<string, string>, ...inside: (Node | string)[]): HTMLElement;
function element(tag: string, attributes: Record<string, string>, ...inside: (Node | string)[]) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(line: string): SVGElement {
  const picture = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const attributes = {
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "2",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
  path.setAttribute("d", line);
  picture.append(path);
  return picture;
}
