import { useTranslation } from "react-i18next";
import type { ModelKind } from "@/api/types";
import { LIMITS, type Rules, UNITS } from "./rules";

/** What is said of a model as sentences. */
export function useRulesWords(nameOf: (model: string) => string): (rules: Rules, kind: ModelKind) => string {
  const { t, i18n } = useTranslation("models");
  const language = i18n.language === "zh" ? "zh-CN" : i18n.language;
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const number = new Intl.NumberFormat(language);
  const money = new Intl.NumberFormat(language, {
    style: "currency",
    currency: "USD",
    maximumFractionDigits: 4,
  });
  return (rules, kind) => {
    const limits = LIMITS.flatMap((name) => {
      const most = rules[name];
      return most === null ? [] : [t(`rules.said.${name}`, { count: most, most: number.format(most) })];
    });
    const { prompt_price: read, completion_price: written, unit_price: each, stand_ins } = rules;
    const unit = UNITS[kind];
    return [
      limits.length > 0 && t("rules.said.limits", { limits: list.format(limits) }),
      read !== null &&
        written !== null &&
        t("rules.said.price", { read: money.format(read), written: money.format(written) }),
      unit && each !== null && t(`rules.said.${unit}`, { price: money.format(each) }),
      stand_ins.length > 0 &&
        t("rules.said.standIns", { names: stand_ins.map(nameOf).join(t("rules.said.then")) }),
    ]
      .filter(Boolean)
      .join(t("rules.said.gap"));
  };
}
