import { useTranslation } from "react-i18next";
import type { RetentionPreview, RetentionWish } from "@/api/types";
import { sizeOf } from "@/i18n/size";

/** What is kept and what would go, in words and figures. */
export function useRetentionWords() {
  const { t, i18n } = useTranslation("retention");
  const size = (bytes: number) => sizeOf(bytes, i18n.language);
  const runs = (count: number) => t("goes.runs", { count });
  const what = (figures: { runs: number; bytes: number }) =>
    t("goes.what", { runs: runs(figures.runs), size: size(figures.bytes) });
  const wishes = ({ runs_days, runs_mb }: RetentionWish): string[] => {
    const said = [
      ...(runs_days === null ? [] : [t("wish.forDays", { count: runs_days })]),
      ...(runs_mb === null ? [] : [t("wish.upTo", { size: size(runs_mb * 1024 ** 2) })]),
    ];
    return said.length > 0 ? said : [t("wish.all")];
  };
  /** What goes along with the runs: only what there is. */
  const along = (seen: RetentionPreview): string[] =>
    [
      seen.messages > 0 && t("goes.messages", { count: seen.messages }),
      seen.conversations > 0 && t("goes.conversations", { count: seen.conversations }),
      seen.files > 0 && t("goes.files", { count: seen.files }),
      seen.values > 0 && t("goes.values", { count: seen.values }),
      seen.versions > 0 && t("goes.versions", { count: seen.versions }),
      (seen.streams ?? 0) > 0 && t("goes.streams", { count: seen.streams ?? 0 }),
    ].filter((line) => line !== false);
  return { size, runs, what, wishes, along };
}
