import { useTranslation } from "react-i18next";
import type { RetentionPreview } from "@/api/types";
import css from "./retention.module.css";
import { useRetentionWords } from "./useRetentionWords";

/** In figures: how many runs go, what goes with them, and what conversations lose. */
export function GoesAlong({ seen }: { seen: RetentionPreview }) {
  const { t } = useTranslation("retention");
  const { what, along } = useRetentionWords();
  const lines = along(seen);
  return (
    <div className={css.figures}>
      <p className={css.sum}>{what(seen)}</p>
      {lines.length > 0 && (
        <div>
          <p>{t("goes.with")}</p>
          <ul className={css.along}>
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      {seen.conversations_shortened > 0 && (
        <p>{t("goes.shortened", { count: seen.conversations_shortened })}</p>
      )}
    </div>
  );
}
