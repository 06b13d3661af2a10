import { ArrowUp, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/types";
import { Field, IconButton, Select } from "@/ui";
import css from "./models.module.css";
import { MOST_STAND_INS } from "./rules";

interface StandInsProps {
  chosen: readonly string[];
  choices: readonly Model[];
  nameOf: (model: string) => string;
  onChange: (chosen: string[]) => void;
}

/** Models in the order in which they are asked when the one before does not answer. */
export function StandIns({ chosen, choices, nameOf, onChange }: StandInsProps) {
  const { t } = useTranslation("models");
  const free = choices.filter(({ id }) => !chosen.includes(id));
  const earlier = (place: number) => {
    const moved = [...chosen];
    moved.splice(place - 1, 0, ...moved.splice(place, 1));
    onChange(moved);
  };
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>{t("rules.standIns")}</legend>
      <p className={css.text}>{choices.length > 0 ? t("rules.standInsHelp") : t("rules.noOther")}</p>
      {chosen.length > 0 && (
        <ol className={css.chain} aria-label={t("rules.standIns")}>
          {chosen.map((model, place) => (
            <li key={model} className={css.link}>
              <span className={css.linkName}>{`${place + 1}. ${nameOf(model)}`}</span>
              {place > 0 && (
                <IconButton
                  label={t("rules.earlier", { name: nameOf(model) })}
                  onClick={() => earlier(place)}
                >
                  <ArrowUp />
                </IconButton>
              )}
              <IconButton
                label={t("rules.without", { name: nameOf(model) })}
                onClick={() => onChange(chosen.filter((each) => each !== model))}
              >
                <X />
              </IconButton>
            </li>
          ))}
        </ol>
      )}
      {free.length > 0 && chosen.length < MOST_STAND_INS && (
        <Field label={t("rules.add")} hideLabel>
          {(control) => (
            <Select
              {...control}
              value=""
              placeholder={t("rules.add")}
              onChange={(model) => onChange([...chosen, model])}
              options={free.map(({ id, connection }) => ({
                value: id,
                label: nameOf(id),
                hint: connection ?? t("default.here"),
              }))}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}
