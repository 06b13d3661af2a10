import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { FormWords } from "../types";

/** The words of a form, for the console. */
export function useFormWords(): FormWords {
  const { t } = useTranslation("chat");
  return useMemo(
    () =>
      ({
        page: t("page", { returnObjects: true }),
        files: t("files", { returnObjects: true }),
        ask: t("ask", { returnObjects: true }),
      }) as FormWords,
    [t],
  );
}
