import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Model, ModelsPage } from "@/api/types";
import { Button, Section } from "@/ui";
import css from "./models.module.css";
import { RulesDialog } from "./RulesDialog";
import { isFree, NO_RULES } from "./rules";
import { useModelName } from "./useModelName";
import { useRulesWords } from "./useRulesWords";

/** For each model how much of it may be used, what it costs, and what stands in for it, in a sentence. */
export function ModelRules({ page, mayChange }: { page: ModelsPage; mayChange: boolean }) {
  const { t } = useTranslation("models");
  const nameOf = useModelName(page.models);
  const wordsOf = useRulesWords(nameOf);
  const [changes, setChanges] = useState<Model | null>(null);
  const rulesOf = (model: string) => page.rules.find((each) => each.model === model) ?? NO_RULES;
  return (
    <Section title={t("rules.title")} text={t("rules.lead")}>
      <ul className={css.list}>
        {page.models.map((model) => {
          const rules = rulesOf(model.id);
          return (
            <li key={model.id} className={css.card}>
              <div className={css.words}>
                <h3 className={css.name}>{nameOf(model.id)}</h3>
                <p className={css.text}>{isFree(rules) ? t("rules.none") : wordsOf(rules, model.kind)}</p>
              </div>
              {mayChange && (
                <Button
                  size="s"
                  icon={<SlidersHorizontal />}
                  aria-label={t("rules.open", { name: nameOf(model.id) })}
                  onClick={() => setChanges(model)}
                >
                  {t("rules.do")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {changes && (
        <RulesDialog
          model={changes}
          rules={rulesOf(changes.id)}
          models={page.models}
          onClose={() => setChanges(null)}
        />
      )}
    </Section>
  );
}
