import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { models as endpoint } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Model } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, NumberField, toast } from "@/ui";
import css from "./models.module.css";
import { halfPrice, LIMITS, NO_RULES, pricesOf, type Rules, UNITS } from "./rules";
import { StandIns } from "./StandIns";
import { useModelName } from "./useModelName";

const MOST = { at_once: 10_000, requests_a_minute: 1_000_000_000, tokens_a_minute: 1_000_000_000 };
const STEP = { at_once: 1, requests_a_minute: 10, tokens_a_minute: 1_000 };

interface RulesDialogProps {
  model: Model;
  rules: Rules;
  models: readonly Model[];
  onClose: () => void;
}

/** How much of a model may be used, what it costs, and which models answer when it does not. */
export function RulesDialog({ model, rules, models, onClose }: RulesDialogProps) {
  const { t } = useTranslation("models");
  const nameOf = useModelName(models);
  const queries = useQueryClient();
  const formId = useId();
  const [said, setSaid] = useState<Rules>({ ...NO_RULES, ...rules });
  const [wasSent, setSent] = useState(false);
  const unit = UNITS[model.kind];
  const half = wasSent ? halfPrice(said) : null;
  const save = useMutation({
    mutationFn: () => endpoint.setRules({ ...said, model: model.id }),
    onSuccess: (page) => {
      queries.setQueryData(modelsQuery.queryKey, page);
      toast.done(t("rules.saved", { name: nameOf(model.id) }));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (halfPrice(said) === null && !save.isPending) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={nameOf(model.id)}
      description={t("rules.text")}
      footer={
        <Button look="primary" type="submit" form={formId} busy={save.isPending}>
          {t("rules.submit")}
        </Button>
      }
    >
      <form id={formId} className={css.form} onSubmit={submit} noValidate>
        <FaultBanner error={save.error} />
        {model.kind !== "embedding" && (
          <StandIns
            chosen={said.stand_ins}
            choices={models.filter((each) => each.kind === model.kind && each.id !== model.id)}
            nameOf={nameOf}
            onChange={(stand_ins) => setSaid({ ...said, stand_ins })}
          />
        )}
        <fieldset className={css.group}>
          <legend className={css.legend}>{t("rules.limits")}</legend>
          <p className={css.text}>{t("rules.limitsHelp")}</p>
          <div className={css.three}>
            {LIMITS.filter((name) => !unit || name !== "tokens_a_minute").map((name) => (
              <Field key={name} label={t(`rules.${name}`)}>
                {(control) => (
                  <NumberField
                    {...control}
                    min={1}
                    max={MOST[name]}
                    step={STEP[name]}
                    placeholder={t("rules.any")}
                    value={said[name]}
                    onChange={(value) =>
                      setSaid({ ...said, [name]: value === null ? null : Math.round(value) })
                    }
                  />
                )}
              </Field>
            ))}
          </div>
        </fieldset>
        {!model.is_local && (
          <fieldset className={css.group}>
            <legend className={css.legend}>{t("rules.price")}</legend>
            <p className={css.text}>{t(unit ? "rules.unitHelp" : "rules.priceHelp")}</p>
            <div className={css.three}>
              {pricesOf(model.kind).map(({ name, words }) => (
                <Field key={name} label={t(`rules.${words}`)} error={half === name && t("rules.halfPrice")}>
                  {(control) => (
                    <NumberField
                      {...control}
                      min={0}
                      max={100_000}
                      step={unit ? 0.01 : 0.1}
                      placeholder={t("rules.known")}
                      value={said[name]}
                      onChange={(value) => setSaid({ ...said, [name]: value })}
                    />
                  )}
                </Field>
              ))}
            </div>
          </fieldset>
        )}
      </form>
    </Dialog>
  );
}
