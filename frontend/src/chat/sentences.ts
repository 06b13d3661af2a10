/** Sentence ends in both our languages; a full stop counts only before a space, so that 3.5 is no end. */
const END = /[.!?…]["'”’)\]]*(?=\s)|[。！？][”’」』）]*|\n+/g;

/** The sentences of `text` that are finished after position `from`, and the position up to which they go. */
export function finishedSentences(
  text: string,
  from: number,
  isComplete: boolean,
): { sentences: string[]; upTo: number } {
  const sentences: string[] = [];
  let upTo = from;
  END.lastIndex = 0;
  const rest = text.slice(from);
  for (let end = END.exec(rest); end; end = END.exec(rest)) {
    const stop = from + END.lastIndex;
    add(text.slice(upTo, stop));
    upTo = stop;
  }
  if (isComplete && upTo < text.length) {
    add(text.slice(upTo));
    upTo = text.length;
  }
  return { sentences, upTo };

  function add(piece: string): void {
    const spoken = plain(piece);
    if (/[\p{L}\p{N}]/u.test(spoken)) sentences.push(spoken);
  }
}

/** Markdown without its marks, as it should be read aloud. */
function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s{0,3}(#{1,6}|>|[-*+]|\d+[.)])\s+/gm, "")
    .replace(/[*_`~|]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
