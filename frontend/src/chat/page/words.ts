import en from "@/i18n/en/chat.json";
import { browserLanguage, languageOf } from "@/i18n/language";
import zh from "@/i18n/zh/chat.json";
import type { ChatPageWords } from "../types";
import { isFramed } from "./framed";
import type { Explain } from "./thread";

/** In a frame on a website, that of the page around. */
const ofSite = isFramed(location.pathname) ? new URLSearchParams(location.search).get("lang") : null;
export const language = (ofSite && languageOf(ofSite)) || browserLanguage();

/** The page's words in the visitor's language: two small files instead of a translation library. */
export const words: ChatPageWords = language === "zh" ? zh : en;

type ErrorCatalogue = Record<string, { message: string; hint: string } | undefined>;

/** Puts errors into words; the catalogue is fetched after the page stands. */
export async function loadExplain(): Promise<Explain> {
  const catalogue: ErrorCatalogue = await (language === "zh"
    ? import("@/i18n/zh/errors.json")
    : import("@/i18n/en/errors.json")
  ).then(
    (module) => module.default,
    () => ({}),
  );
  // A visitor knows this page by its owner's name; ours would only puzzle them.
  const own: ErrorCatalogue = {
    offline: words.page.offline,
    server_unavailable: words.page.unavailable,
    internal: words.page.unavailable,
  };
  return (fault) =>
    own[fault.code] ??
    catalogue[fault.code] ??
    (fault.message ? { message: fault.message, hint: fault.hint } : catalogue.unexpected) ?? {
      message: fault.code,
    };
}
