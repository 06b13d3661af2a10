import type { Language } from "@/api/types";

/** One of our languages for a tag such as `zh-Hans-CN`, or null when we do not speak it. */
export function languageOf(tag: string): Language | null {
  const primary = tag.toLowerCase().split("-")[0];
  return primary === "zh" || primary === "en" ? primary : null;
}

/** The first language of the browser's list that we speak; English otherwise. */
export function browserLanguage(tags: readonly string[] = navigator.languages ?? []): Language {
  for (const tag of tags) {
    const language = languageOf(tag);
    if (language) return language;
  }
  return "en";
}

/** The text of a value that comes in both languages; English where there is no Chinese. */
export function inLanguage<T>(texts: { en: T; zh?: T }, language: string): T {
  return (language.startsWith("zh") ? texts.zh : undefined) ?? texts.en;
}
