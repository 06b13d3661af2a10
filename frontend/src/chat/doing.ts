import type { ChatWords, Doing } from "./types";

/** What is said while tools are at work; null while none is. */
export function doingWords(
  doing: readonly Doing[],
  words: Pick<ChatWords, "lookingUp" | "acting" | "withTools">,
): string | null {
  if (doing.length === 0) return null;
  const tools = doing.flatMap(({ tool }) => (tool ? [tool] : []));
  if (tools.length > 0) return words.withTools.replace("{tools}", () => tools.join(", "));
  return doing.some(({ kind }) => kind === "act") ? words.acting : words.lookingUp;
}
