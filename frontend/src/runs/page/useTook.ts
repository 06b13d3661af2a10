import { useTranslation } from "react-i18next";
import type { RunSummary } from "@/api/types";
import { seconds } from "../StatusLine";

/** What a run took, in words: its time, once it has ended, and what AI models processed. */
export function useTook(): (run: Pick<RunSummary, "elapsed_ms" | "usage">) => string[] {
  const { t, i18n } = useTranslation("runs");
  return ({ elapsed_ms, usage }) => {
    const took: string[] = [];
    if (elapsed_ms !== null) took.push(t("seconds", { value: seconds(elapsed_ms, i18n.language) }));
    const tokens = t("tokens", { count: usage.total_tokens });
    if (usage.at_least) took.push(t("atLeast", { what: tokens }));
    else if (usage.total_tokens > 0) took.push(tokens);
    return took;
  };
}
