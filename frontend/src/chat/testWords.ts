import words from "@/i18n/en/chat.json";

/** The English words, for tests. */
export const testWords = words;
