/** When does typing ask for information? After `{`, and after `/` that begins a word. */
export interface Trigger {
  /** Where in the text before the caret the trigger begins. */
  readonly start: number;
  readonly query: string;
}

const BRACE = /\{{1,2}\s?([^{}\n|]{0,40})$/;
// "and/or" and addresses are not questions; in scripts without spaces any place may begin a word.
// The names of steps and fields have spaces in them, so a question may too.
const SLASH = /(?:^|[\s\p{P}\p{Script=Han}])(\/(?:([^/{}\s][^/{}\n]{0,39}))?)$/u;

export function triggerIn(textBeforeCaret: string): Trigger | null {
  const brace = BRACE.exec(textBeforeCaret);
  if (brace) return { start: brace.index, query: brace[1] ?? "" };
  const slash = SLASH.exec(textBeforeCaret);
  if (!slash || textBeforeCaret.endsWith("//")) return null;
  const before = textBeforeCaret.slice(0, textBeforeCaret.length - (slash[1]?.length ?? 0));
  if (/[:/]$/.test(before)) return null;
  return { start: before.length, query: slash[2] ?? "" };
}
