import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import type { Language } from "@/api/types";
import { browserLanguage, languageOf } from "./language";

const catalogues = import.meta.glob<{ default: Record<string, unknown> }>("./{en,zh}/*.json");

/** Loads one namespace of one language, when a page first asks for it. */
const lazyCatalogues: BackendModule = {
  type: "backend",
  init: () => {},
  read: (language, namespace, done) => {
    const load = catalogues[`./${language}/${namespace}.json`];
    if (!load) {
      done(new Error(`There is no catalogue ${language}/${namespace}.`), null);
      return;
    }
    load().then(
      (module) => done(null, module.default),
      (error: Error) => done(error, null),
    );
  },
};

/** Starts translations in the browser's language; `useLanguage` changes it to the person's. */
export async function startI18n(language: Language = browserLanguage()): Promise<void> {
  i18next.on("languageChanged", (now) => {
    document.documentElement.lang = now === "zh" ? "zh-CN" : now;
  });
  await i18next
    .use(lazyCatalogues)
    .use(initReactI18next)
    .init({
      lng: language,
      supportedLngs: ["en", "zh"],
      // A test keeps both catalogues complete, so a second language is never fetched as a fallback.
      fallbackLng: false,
      ns: ["common", "errors"],
      defaultNS: "common",
      interpolation: { escapeValue: false },
    });
}

/** Changes the language of the page (and of screen readers) without a reload. */
export async function speak(language: string): Promise<void> {
  await i18next.changeLanguage(languageOf(language) ?? browserLanguage());
}
