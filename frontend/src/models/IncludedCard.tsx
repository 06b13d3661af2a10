import { Check, Languages, Sprout } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/types";
import { Badge } from "@/ui";
import css from "./models.module.css";
import { TestButton, TestResult, useModelTest } from "./TestButton";

interface IncludedCardProps {
  model: Model;
  isDefault: boolean;
  mayTest: boolean;
}

/** A model that comes with Treadle, named for what it is: the practice model, or the one that compares meanings. */
export function IncludedCard({ model, isDefault, mayTest }: IncludedCardProps) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const test = useModelTest({ model: model.id });
  const name = model.is_practice ? common("practiceModel") : model.title;
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        {model.is_practice ? <Sprout /> : <Languages />}
      </span>
      <div className={css.words}>
        <h3 className={css.name}>{name}</h3>
        <p className={css.text}>{model.is_practice ? t("practice.text") : t("practice.embedder")}</p>
        <p className={css.badges}>
          <Badge>{t("practice.included")}</Badge>
          {isDefault && (
            <Badge tone="ok" icon={<Check />}>
              {t("practice.inUse")}
            </Badge>
          )}
        </p>
        <TestResult test={test} name={name} />
      </div>
      {mayTest && (
        <div className={css.actions}>
          <TestButton test={test} name={name} />
        </div>
      )}
    </article>
  );
}
