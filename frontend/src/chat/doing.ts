import type { ChatWords, Doing } from "./types";

type Words = Pick<ChatWords, "lookingUp" | "acting" | "withTools" | "inLineOne" | "inLineMany">;

/** What is said while tools are at work or a question waits its turn; null while neither is so. */
export function doingWords(doing: readonly Doing[], words: Words): string | null {
  const wait = doing.find((one) => one.kind === "wait");
  if (wait) return waitWords(wait, words);
  if (doing.length === 0) return null;
  const tools = doing.flatMap(({ tool }) => (tool ? [tool] : []));
  if (tools.length > 0) return words.withTools.replace("{tools}", () => tools.join(", "));
  return doing.some(({ kind }) => kind === "act") ? words.acting : words.lookingUp;
}

function waitWords({ ahead, at_once }: Extract<Doing, { kind: "wait" }>, words: Words): string {
  const text = at_once === 1 ? words.inLineOne : words.inLineMany;
  return text.replace("{ahead}", String(ahead)).replace("{most}", String(at_once));
}
