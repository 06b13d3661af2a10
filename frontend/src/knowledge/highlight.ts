/** A place in a text: from `start` up to `end`, in UTF-16 units as `slice` counts. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The sentence of a passage that has most to do with a question: the one sharing the most telling words with it.
 * Words that many sentences have tell little. Null when the question shares no word (it was found by meaning).
 */
export function bestSentence(passage: string, question: string, language = "en"): Span | null {
  const asked = new Set(wordsOf(question, language));
  const sentences = sentencesOf(passage, language).map((span) => ({
    span,
    words: new Set(wordsOf(passage.slice(span.start, span.end), language)),
  }));
  let best: Span | null = null;
  let most = 0;
  for (const { span, words } of sentences) {
    let worth = 0;
    for (const word of words) {
      if (!asked.has(word)) continue;
      const holders = sentences.filter((each) => each.words.has(word)).length;
      worth += Math.min(weightOf(word), 8) / holders;
    }
    // Of two that say as much the longer one: a heading only names what the sentence below it tells.
    const isLonger = best !== null && worth === most && span.end - span.start > best.end - best.start;
    if (worth > most || isLonger) {
      most = worth;
      best = span;
    }
  }
  return most >= LEAST ? best : null;
}

/** A Chinese sign says about as much as two letters. */
const weightOf = (word: string): number => (/[\u3400-\u9fff]/.test(word) ? 2 * word.length : word.length);

/** Less than one word of three letters in common says nothing: "the", "of". */
const LEAST = 2;

function sentencesOf(text: string, language: string): Span[] {
  const spans: Span[] = [];
  // A line is never part of the sentence above it: headings and list items have no full stop.
  for (const line of text.matchAll(/[^\n]+/g)) {
    for (const { segment, index } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(
      line[0],
    )) {
      const start = line.index + index + (segment.length - segment.trimStart().length);
      const end = line.index + index + segment.trimEnd().length;
      if (end > start) spans.push({ start, end });
    }
  }
  return spans;
}

function wordsOf(text: string, language: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: "word" }).segment(text)) {
    if (!isWordLike) continue;
    const word = segment.toLowerCase();
    if (LITTLE_WORDS.has(word)) continue;
    // "refunds" asks for "refund"; a Chinese word is as it is.
    words.push(/^[a-z]{4,}s$/.test(word) ? word.slice(0, -1) : word);
  }
  return words;
}

const LITTLE_WORDS = new Set(
  (
    "a an and are as at be by can could do does for from had has have how i if in is it its may me my no not of on or " +
    "our shall should that the their them they this to was we were what when where which who why will with would you " +
    "your 的 了 是 在 和 我 你 您 他 她 它 们 吗 呢 吧 有 不 也 都 就 与 或 请 什么 怎么 需要 可以 如何 为什么 哪 哪里 多少"
  ).split(" "),
);
