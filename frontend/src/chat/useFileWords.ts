import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { FileWords } from "./types";

/** The words of choosing files, for the console. */
export function useFileWords(): FileWords {
  const { t } = useTranslation("chat");
  return useMemo(() => t("files", { returnObjects: true }) as FileWords, [t]);
}
