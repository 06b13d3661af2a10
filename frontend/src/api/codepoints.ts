/** Offsets in the streams count Unicode code points; JavaScript strings count UTF-16 units. These two bridge that. */

/** The UTF-16 index of code point number `offset` of `text` (its length when `offset` is beyond the end). */
export function indexOfCodePoint(text: string, offset: number): number {
  let index = 0;
  for (let seen = 0; seen < offset && index < text.length; seen++) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}

/** `codepoints(text)[:offset] + addition`: what a delta or an answer event means. */
export function foldText(text: string, offset: number, addition: string): string {
  // Most deltas append: skip the walk when the text is no longer than the offset even in UTF-16 units.
  if (offset >= text.length) return text + addition;
  return text.slice(0, indexOfCodePoint(text, offset)) + addition;
}
