import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Toaster, type UiWords, UiWordsProvider } from "@/ui";

/** Gives the primitives their words in the person's language. */
export function TranslatedUi({ children }: { children: ReactNode }) {
  const { t } = useTranslation("common");
  const words = useMemo<UiWords>(
    () => ({
      close: t("action.close"),
      copy: t("action.copy"),
      copied: t("action.copied"),
      increase: t("action.increase"),
      decrease: t("action.decrease"),
      cancel: t("action.cancel"),
      notifications: t("notifications"),
    }),
    [t],
  );
  return (
    <UiWordsProvider words={words}>
      {children}
      <Toaster />
    </UiWordsProvider>
  );
}
