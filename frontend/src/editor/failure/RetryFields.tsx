import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { GraphNode, Policy } from "@/api/types";
import { errorWords } from "@/i18n/errorWords";
import { Field, NumberField, Select } from "@/ui";
import { useDraft } from "../context";
import css from "./Failure.module.css";
import { FIRST_PAUSE_S, MOST_ATTEMPTS, pausesOf } from "./policy";

export interface RetryFieldsProps {
  node: GraphNode;
  /** The codes of the errors the step may end with. */
  errors: readonly string[];
  fault: string;
  onChange: (change: Partial<Policy>, merge?: string) => void;
}

const USUAL = "usual";
const SHOWN_PAUSES = 4;

/** How often a step is tried again, after which errors, with which pauses, and how long one try may take. */
export function RetryFields({ node, errors, fault, onChange }: RetryFieldsProps) {
  const { t, i18n } = useTranslation("editor");
  const usual = useDraft((s) => s.shapes[node.id]?.attempts ?? 1);
  const {
    max_attempts = null,
    backoff_s = FIRST_PAUSE_S,
    retry_codes = null,
    timeout_s = null,
  } = node.policy;
  const again = (max_attempts ?? usual) - 1;
  const times = (count: number) => (count === 0 ? t("failure.never") : t("failure.times", { count }));
  const pauses = pausesOf(backoff_s, again);
  const list = new Intl.ListFormat(i18n.language, { type: "conjunction", style: "narrow" });
  const seconds = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const shown = pauses.slice(0, SHOWN_PAUSES).map((s) => t("failure.seconds", { value: seconds.format(s) }));
  return (
    <>
      <Field label={t("failure.again")} help={again > 0 ? undefined : t("failure.againHelp")}>
        {(control) => (
          <Select
            {...control}
            value={max_attempts === null ? USUAL : String(max_attempts)}
            onChange={(value) => onChange({ max_attempts: value === USUAL ? null : Number(value) })}
            options={[
              { value: USUAL, label: t("failure.usual", { times: times(usual - 1) }) },
              ...Array.from({ length: MOST_ATTEMPTS }, (_, i) => ({
                value: String(i + 1),
                label: times(i),
              })),
            ]}
          />
        )}
      </Field>
      {again > 0 && (
        <>
          <Field
            label={t("failure.pause")}
            help={t("failure.pauses", {
              pauses: list.format(pauses.length > SHOWN_PAUSES ? [...shown, "…"] : shown),
            })}
          >
            {(control) => (
              <NumberField
                {...control}
                value={backoff_s}
                min={0}
                max={3_600}
                onChange={(value) =>
                  onChange(
                    { backoff_s: value === null || value === FIRST_PAUSE_S ? undefined : value },
                    "pause",
                  )
                }
              />
            )}
          </Field>
          <Field label={t("failure.after")} error={fault || undefined}>
            {(control) => (
              <Select
                {...control}
                value={retry_codes ? "some" : "passing"}
                onChange={(value) => onChange({ retry_codes: value === "some" ? [] : null })}
                options={[
                  { value: "passing", label: t("failure.passing"), hint: t("failure.passingHelp") },
                  { value: "some", label: t("failure.some") },
                ]}
              />
            )}
          </Field>
          {retry_codes && (
            <Codes
              codes={errors}
              chosen={retry_codes}
              onChange={(codes) => onChange({ retry_codes: codes })}
            />
          )}
        </>
      )}
      <Field label={t("failure.timeout")} help={t("failure.timeoutHelp")}>
        {(control) => (
          <NumberField
            {...control}
            value={timeout_s}
            min={0.1}
            max={86_400}
            onChange={(value) => onChange({ timeout_s: value }, "timeout")}
          />
        )}
      </Field>
    </>
  );
}

interface CodesProps {
  codes: readonly string[];
  chosen: readonly string[];
  onChange: (codes: string[]) => void;
}

/** Errors to choose, each by what it says to a person. */
function Codes({ codes, chosen, onChange }: CodesProps) {
  const { t } = useTranslation("editor");
  const id = useId();
  return (
    <fieldset className={css.codes} aria-labelledby={id}>
      <legend id={id} className="visually-hidden">
        {t("failure.which")}
      </legend>
      {codes.map((code) => (
        <label key={code} className={css.choice}>
          <input
            type="checkbox"
            checked={chosen.includes(code)}
            onChange={({ target }) =>
              onChange(target.checked ? [...chosen, code] : chosen.filter((each) => each !== code))
            }
          />
          <span>{errorWords({ code, message: code }).message}</span>
        </label>
      ))}
      {chosen.length === 0 && <p className={css.quiet}>{t("failure.noneChosen")}</p>}
    </fieldset>
  );
}
