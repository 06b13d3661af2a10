/** What one is shown in the editor, in order; each beside what it is about. */
export const MARKS = [
  { name: "steps", at: "[data-step]", side: "bottom" },
  { name: "add", at: "[data-add-step]", side: "bottom" },
  { name: "chat", at: "aside form:has([enterkeyhint=send])", side: "left" },
  { name: "publish", at: "[data-publish]", side: "bottom" },
] as const;

export type MarkName = (typeof MARKS)[number]["name"];

/** The marks whose place is on screen. */
export const marksHere = () => MARKS.filter(({ at }) => placeOf(at) !== null);

/** Where something is, if it can be seen; of several, the first that one reads. */
export function placeOf(selector: string): DOMRect | null {
  const boxes = [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
  const seen = boxes.filter(({ width, height }) => width > 0 && height > 0);
  return seen.sort((a, b) => a.left - b.left || a.top - b.top)[0] ?? null;
}
