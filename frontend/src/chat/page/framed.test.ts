import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CLOSE, OPENED, READY } from "@/website/said";
import { siteAround, speakWith } from "./framed";

const SITE = "https://shop.example";
const parent = { postMessage: vi.fn() } as unknown as Window;
const own = window.parent;
let stop: AbortController;

beforeEach(() => {
  stop = new AbortController();
  vi.mocked(parent.postMessage).mockClear();
  Object.defineProperty(window, "parent", { value: parent, configurable: true });
  // What one test listens to, the next does not hear.
  for (const target of [window, document]) {
    const listen = target.addEventListener.bind(target);
    vi.spyOn(target, "addEventListener").mockImplementation(((kind: string, heard: EventListener) =>
      listen(kind, heard, { signal: stop.signal })) as never);
  }
});

afterEach(() => {
  stop.abort();
  vi.restoreAllMocks();
  Object.defineProperty(window, "parent", { value: own, configurable: true });
  document.body.replaceChildren();
});

const hear = (data: unknown, origin: string, source: unknown) =>
  window.dispatchEvent(new MessageEvent("message", { data, origin, source: source as Window }));
const pressEscape = (target: EventTarget = document) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));

it("knows whose page is around it from the browser alone", () => {
  vi.spyOn(document, "referrer", "get").mockReturnValue(`${SITE}/contact?order=1`);
  expect(siteAround()).toBe(SITE);

  vi.spyOn(document, "referrer", "get").mockReturnValue("");
  expect(siteAround()).toBe("");

  Object.defineProperty(window, "parent", { value: window, configurable: true });
  vi.spyOn(document, "referrer", "get").mockReturnValue(SITE);
  expect(siteAround()).toBe("");
});

it("tells that website, and no other, that it is ready and that it may be closed", () => {
  const { close } = speakWith(SITE, () => {});
  pressEscape();
  close();

  expect(vi.mocked(parent.postMessage).mock.calls).toEqual([
    [READY, SITE],
    [CLOSE, SITE],
    [CLOSE, SITE],
  ]);
});

it("says nothing where the browser does not tell who would hear it", () => {
  speakWith("", () => {}).close();
  pressEscape();

  expect(parent.postMessage).not.toHaveBeenCalled();
});

it("hears the button on that website only", () => {
  const opened = vi.fn();
  speakWith(SITE, opened);

  hear(OPENED, "https://evil.example", parent);
  hear(OPENED, SITE, window);
  hear("anything", SITE, parent);
  expect(opened).not.toHaveBeenCalled();

  hear(OPENED, SITE, parent);
  expect(opened).toHaveBeenCalledOnce();
});

it("lets Escape close what lies on top first", () => {
  speakWith(SITE, () => {});
  const dialog = document.createElement("dialog");
  dialog.setAttribute("open", "");
  document.body.append(dialog);

  pressEscape(dialog);
  expect(parent.postMessage).not.toHaveBeenCalledWith(CLOSE, SITE);

  dialog.remove();
  pressEscape();
  expect(parent.postMessage).toHaveBeenCalledWith(CLOSE, SITE);
});
