import type { FileWords } from "../types";

/** Which files a question takes. */
export interface FileRules {
  accepts: readonly string[];
  /** In MB; null: only the server's own limit. */
  maxMb: number | null;
  most: number;
}

const MOST_FILES = 20;
const DOCUMENTS = ".pdf,.docx,.txt,.md,.html,.csv,.json,.xlsx,.pptx";

/** The rules of a question of the kind `file` or `files`. */
export function rulesOf(asked: {
  kind: string;
  accepts?: readonly string[] | undefined;
  max_mb?: number | null | undefined;
  max_items?: number | null | undefined;
}): FileRules {
  const most = asked.kind === "files" ? Math.min(asked.max_items ?? MOST_FILES, MOST_FILES) : 1;
  return { accepts: asked.accepts ?? [], maxMb: asked.max_mb ?? null, most };
}

/** What the browser's own chooser is to offer; a hint only, for what is in a file the server finds out. */
export function chooserOf({ accepts }: FileRules): string | undefined {
  const kinds = accepts.map((kind) => (kind === "document" ? DOCUMENTS : `${kind}/*`));
  return kinds.length > 0 ? kinds.join(",") : undefined;
}

/** Why a file need not be sent at all; null where it may be. */
export function faultOf(
  file: Pick<File, "name" | "size">,
  rules: FileRules,
  words: FileWords,
): string | null {
  if (file.size === 0) return say(words.empty, { name: file.name });
  const { maxMb } = rules;
  if (maxMb !== null && file.size > maxMb * 1024 * 1024) {
    return say(words.tooLarge, { name: file.name, size: maxMb });
  }
  return null;
}

/** A sentence with its blanks filled in. */
export function say(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
