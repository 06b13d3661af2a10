/**
 * Cuts markdown into pieces that render alike alone and together, so that while an answer streams only the
 * last piece is rendered again. A cut is a blank line outside a fence and outside a list; a text with
 * link definitions or footnotes is not cut at all, because those reach across pieces.
 */
export function markdownBlocks(text: string): string[] {
  if (REACHES_ACROSS.test(text)) return [text];
  const blocks: string[] = [];
  let current: string[] = [];
  let fence: string | null = null;
  let inList = false;
  let sawBlank = false;
  for (const line of text.split("\n")) {
    if (fence === null && line.trim() === "") {
      sawBlank = current.length > 0;
      current.push(line);
      continue;
    }
    const startsItem = LIST_ITEM.test(line);
    if (fence === null && sawBlank && !(inList && (startsItem || /^\s/.test(line)))) {
      blocks.push(current.join("\n").trimEnd());
      current = [];
      inList = false;
    }
    sawBlank = false;
    if (startsItem && fence === null) inList = true;
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (mark && fence === null) fence = mark;
    else if (mark && fence !== null && mark.startsWith(fence) && line.trim() === mark) fence = null;
    current.push(line);
  }
  const last = current.join("\n").trimEnd();
  if (last) blocks.push(last);
  return blocks;
}

const LIST_ITEM = /^\s{0,3}([-*+]|\d{1,9}[.)])\s/;
const REACHES_ACROSS = /^\s{0,3}\[[^\]\n]+\]:/m;
