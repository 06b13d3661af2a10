import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { session as endpoint } from "@/api/endpoints";
import { sessionQuery } from "@/api/queries";
import type { Language, Session } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { speak } from "@/i18n/i18n";
import { languageOf } from "@/i18n/language";
import { chooseTheme, type ThemeChoice, themeChoice } from "@/theme/theme";
import { Section, Segmented } from "@/ui";

/** Language and theme; both take effect at once. The language goes along to other devices, the theme stays here. */
export function Appearance({ session }: { session: Session }) {
  const { t, i18n } = useTranslation("settings");
  const queries = useQueryClient();
  const [theme, setTheme] = useState<ThemeChoice>(themeChoice);
  const change = useMutation({
    mutationFn: async (language: Language) => {
      await speak(language);
      return endpoint.update({ language });
    },
    onSuccess: (now) => queries.setQueryData(sessionQuery.queryKey, now),
    onError: async (error) => {
      await speak(session.user.language);
      toastFault(error);
    },
  });
  return (
    <>
      <Section card title={t("language.title")}>
        <div>
          <Segmented<Language>
            label={t("language.label")}
            value={languageOf(i18n.language) ?? "en"}
            onChange={(language) => change.mutate(language)}
            options={[
              { value: "en", label: <span lang="en">English</span> },
              { value: "zh", label: <span lang="zh">中文</span> },
            ]}
          />
        </div>
      </Section>
      <Section card title={t("theme.title")}>
        <div>
          <Segmented<ThemeChoice>
            label={t("theme.label")}
            value={theme}
            onChange={(choice) => {
              setTheme(choice);
              chooseTheme(choice);
            }}
            options={[
              { value: "light", label: t("theme.light"), icon: <Sun /> },
              { value: "dark", label: t("theme.dark"), icon: <Moon /> },
              { value: "system", label: t("theme.system"), icon: <Monitor /> },
            ]}
          />
        </div>
      </Section>
    </>
  );
}
