import { useTranslation } from "react-i18next";
import type { GraphNode } from "@/api/types";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { Banner } from "@/ui";
import css from "./Again.module.css";
import type { Span, SpanRounds } from "./span";

const MOST = 8;
const MOST_ROUNDS = 6;

/** In words: which steps are kept, which run again, and which of them act outside once more. */
export function SpanNote({ span, types }: { span: Span; types: StepTypes }) {
  const { t, i18n } = useTranslation("runs");
  const list = useListWords();
  const title = (node: GraphNode) => titleOf(node, types, i18n.language);
  const rounds = ({ node, numbers }: SpanRounds) =>
    t("again.rounds", {
      count: numbers.length,
      title: title(node),
      numbers: list(
        numbers.map((one) => String(one)),
        MOST_ROUNDS,
      ),
    });
  const kept = [...span.kept.map(title), ...span.keptRounds.map(rounds)];
  const again = [
    ...span.again.map(title),
    ...span.againRounds.map(rounds),
    ...span.laterRounds.map((node) => t("again.laterRounds", { title: title(node) })),
  ];
  return (
    <>
      <dl className={css.span}>
        <dt>{t("again.kept")}</dt>
        <dd>{kept.length > 0 ? list(kept, MOST) : t("again.keptNone")}</dd>
        <dt>{t("again.runs")}</dt>
        <dd>{again.length > 0 ? list(again, MOST) : t("again.runsNone")}</dd>
      </dl>
      {span.sent.length > 0 && (
        <Banner tone="warn" title={t("again.sentTitle")}>
          {t("again.sent", { count: span.sent.length, steps: list(span.sent.map(title), MOST) })}
        </Banner>
      )}
    </>
  );
}

/** Names one after the other in the reader's language, of many only the first. */
function useListWords(): (items: string[], most: number) => string {
  const { t, i18n } = useTranslation("runs");
  const format = new Intl.ListFormat(i18n.language, { type: "conjunction" });
  return (items, most) => {
    const rest = items.length - most;
    return format.format(rest > 0 ? [...items.slice(0, most), t("again.more", { count: rest })] : items);
  };
}
