import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Policy } from "@/api/types";

/** A policy in a few plain words, for a card or for below a title that says *If it fails*; "" where nothing is said. */
export function usePolicyWords(place: "card" | "section"): (policy: Policy) => string {
  const { t } = useTranslation("editor");
  return useMemo(
    () => (policy) =>
      [
        policy.on_error && t(`failure.${place}.${policy.on_error}`),
        policy.max_attempts != null && t("failure.card.attempts", { count: policy.max_attempts }),
        policy.timeout_s != null && t("failure.card.timeout", { value: policy.timeout_s }),
      ]
        .filter(Boolean)
        .join(" · "),
    [t, place],
  );
}
