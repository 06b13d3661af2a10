import { useTranslation } from "react-i18next";
import type { ModelsPage, SearchQuestion } from "@/api/types";
import { Field, NumberField, Segmented, Select } from "@/ui";
import css from "./Tester.module.css";

export interface Ranking {
  order: NonNullable<SearchQuestion["order"]>;
  /** "" is the usual one. */
  rank_model: string;
  relevance: number;
}

export const SEARCH_ORDER: Ranking = { order: "search", rank_model: "", relevance: 0 };
const ORDERS = ["search", "model"] as const;

interface RankingFieldsProps {
  ranking: Ranking;
  onChange: (ranking: Ranking) => void;
  models: Pick<ModelsPage, "models" | "kinds"> | undefined;
}

/** Whether a model puts in order what was found, which one, and how relevant it must find it. */
export function RankingFields({ ranking, onChange, models }: RankingFieldsProps) {
  const { t } = useTranslation("knowledge");
  const rankers = (models?.models ?? []).filter((each) => each.kind === "rerank");
  const usualId = models?.kinds.find((each) => each.kind === "rerank")?.default;
  const usual = rankers.find((each) => each.id === usualId);
  if (models && rankers.length === 0) {
    return (
      <div className={css.option}>
        <p className={css.label}>{t("tester.order")}</p>
        <p className={css.quiet}>{t("tester.noRankers")}</p>
      </div>
    );
  }
  const options = [
    ...(usual ? [{ value: "", label: t("tester.usualRanker"), hint: usual.title }] : []),
    ...rankers.map(({ id, title, connection }) => ({
      value: id,
      label: title,
      hint: connection ?? undefined,
    })),
  ];
  const chosen = ranking.rank_model || (usual ? "" : (rankers[0]?.id ?? ""));
  return (
    <>
      <div className={css.option}>
        <p className={css.label} aria-hidden="true">
          {t("tester.order")}
        </p>
        <Segmented
          label={t("tester.order")}
          value={ranking.order}
          onChange={(order) => onChange({ ...ranking, order, rank_model: chosen })}
          options={ORDERS.map((value) => ({ value, label: t(`tester.orderBy.${value}`) }))}
        />
        <p className={css.quiet}>{t("tester.orderHelp")}</p>
      </div>
      {ranking.order === "model" && (
        <>
          <Field label={t("tester.ranker")}>
            {(control) => (
              <Select
                {...control}
                value={chosen}
                onChange={(rank_model) => onChange({ ...ranking, rank_model })}
                options={options}
              />
            )}
          </Field>
          <Field label={t("tester.relevance")} help={t("tester.relevanceHelp")}>
            {(control) => (
              <NumberField
                {...control}
                min={0}
                max={1}
                step={0.1}
                value={ranking.relevance}
                onChange={(next) => onChange({ ...ranking, relevance: Math.min(1, Math.max(0, next ?? 0)) })}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}
