import type { Action } from "./action";

interface Keys {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Was this combination pressed? `mod` is Ctrl or ⌘. */
export function isPressed(combination: string, event: Keys): boolean {
  const parts = combination.split("+");
  const key = parts.at(-1) ?? "";
  const wants = (modifier: string) => parts.slice(0, -1).includes(modifier);
  if (wants("mod") !== (event.ctrlKey || event.metaKey)) return false;
  if (wants("alt") !== event.altKey) return false;
  // A "?" or "+" may need Shift on some keyboards; only letters and named keys say so themselves.
  const saysShift = key.length > 1 || /[a-z]/.test(key);
  if (saysShift && wants("shift") !== event.shiftKey) return false;
  return event.key.toLowerCase() === key || (/^[a-z]$/.test(key) && event.code === `Key${key.toUpperCase()}`);
}

/** The combination as it is printed: `⌘⇧Z` on a Mac, `Ctrl+Shift+Z` elsewhere. */
export function printed(combination: string, isMac: boolean = onMac()): string {
  const names: Record<string, string> = isMac
    ? { mod: "⌘", shift: "⇧", alt: "⌥", delete: "⌦", backspace: "⌫", enter: "↩", escape: "esc" }
    : {
        mod: "Ctrl",
        shift: "Shift",
        alt: "Alt",
        delete: "Del",
        backspace: "⌫",
        enter: "Enter",
        escape: "Esc",
      };
  return combination
    .split("+")
    .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part.replace(/^f/, "F")))
    .join(isMac ? "" : "+");
}

const onMac = () => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

export const actionFor = (actions: readonly Action[], event: Keys): Action | undefined =>
  actions.find((a) => a.keys.some((k) => isPressed(k, event)));

/** Is the person typing somewhere? Then keys belong to the text. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.role === "combobox")
  );
}
