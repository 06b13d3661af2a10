import { Check, Sprout } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui";
import css from "./models.module.css";

/** The model that comes with Treadle, named for what it is. */
export function PracticeCard({ inUse }: { inUse: boolean }) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <Sprout />
      </span>
      <div className={css.words}>
        <h2 className={css.name}>{common("practiceModel")}</h2>
        <p className={css.text}>{t("practice.text")}</p>
        <p className={css.badges}>
          <Badge>{t("practice.included")}</Badge>
          {inUse && (
            <Badge tone="ok" icon={<Check />}>
              {t("practice.inUse")}
            </Badge>
          )}
        </p>
      </div>
    </article>
  );
}
