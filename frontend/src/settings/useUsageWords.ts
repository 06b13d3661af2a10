import { useTranslation } from "react-i18next";
import type { PersonUse, UseFigures } from "@/api/types";

/** Figures of what was used, in the person's language. */
export function useUsageWords() {
  const { t, i18n } = useTranslation("usage");
  const tag = i18n.language === "zh" ? "zh-CN" : "en";
  const dollars = (value: number) =>
    new Intl.NumberFormat(tag, {
      style: "currency",
      currency: "USD",
      currencyDisplay: "narrowSymbol",
      // Single messages cost parts of a cent: "$0.00" would say that they were free.
      maximumFractionDigits: value < 1 ? 6 : 2,
    }).format(value);
  return {
    count: (value: number) => new Intl.NumberFormat(tag).format(value),
    cost: ({ cost, unpriced }: Pick<UseFigures, "cost" | "unpriced">) => {
      if (cost === 0) return unpriced > 0 ? "?" : t("free");
      return unpriced > 0 ? t("atLeast", { cost: dollars(cost) }) : dollars(cost);
    },
  };
}

/** What somebody is called who asked. */
export function usePersonWords() {
  const { t } = useTranslation("usage");
  return ({ audience, name }: Pick<PersonUse, "audience" | "name">) => {
    if (audience === "visitor") return t("visitors");
    if (audience === "key") return name ? t("key", { name }) : t("goneKey");
    return name || t("goneMember");
  };
}
