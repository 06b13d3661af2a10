import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Policy } from "@/api/types";

/** A policy in a few plain words, as a card shows it; "" where nothing is said. */
export function usePolicyWords(): (policy: Policy) => string {
  const { t } = useTranslation("editor");
  return useMemo(
    () => (policy) =>
      [
        policy.on_error && t(`failure.card.${policy.on_error}`),
        policy.max_attempts != null && t("failure.card.attempts", { count: policy.max_attempts }),
        policy.timeout_s != null && t("failure.card.timeout", { value: policy.timeout_s }),
      ]
        .filter(Boolean)
        .join(" · "),
    [t],
  );
}
