import { CircleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { errorWords } from "@/i18n/errorWords";
import { Disclosure, Switch } from "@/ui";
import { isApart } from "./apart";
import type { StepRun } from "./fold";
import { givenBy } from "./handled";
import css from "./LastResult.module.css";
import type { ResultWords } from "./resultWords";
import { StatusLine } from "./StatusLine";
import type { ShownStep } from "./shown";
import { Technical } from "./Technical";
import { ValueCard } from "./ValueCard";

export interface LastResultProps
  extends Pick<ResultWords, "inputTitle" | "inputInWords" | "outputTitle" | "outputInWords"> {
  step: StepRun | undefined;
  shown: ShownStep | undefined;
  /** What can be done with it. */
  actions?: ReactNode;
}

/** What happened in a step in the last run: time, tokens, what came in, what came out, or why it failed. */
export function LastResult(props: LastResultProps) {
  const { step, shown, actions, inputTitle, inputInWords, outputTitle, outputInWords } = props;
  const { t } = useTranslation("runs");
  const [isTechnical, setTechnical] = useState(false);
  if (!shown) return <p className={css.empty}>{t("result.none")}</p>;
  const failureTitle = (field: string) => (field === "code" ? t("notes.code") : t("notes.message"));
  const error = step?.error ? errorWords(step.error) : null;
  return (
    <div className={css.result}>
      <div className={css.head}>
        <StatusLine step={shown} />
        {step && <Switch checked={isTechnical} onChange={setTechnical} label={t("result.technical")} />}
      </div>
      {actions}
      {shown.kind === "skipped" && <p className={css.empty}>{t("result.skipped")}</p>}
      {error && (
        <div className={css.error}>
          <CircleAlert aria-hidden="true" />
          <div>
            <p className={css.what}>{error.message}</p>
            {error.hint && <p>{error.hint}</p>}
            {error.details && (
              <Disclosure label={t("result.details")}>
                <p className={css.details}>{error.details}</p>
              </Disclosure>
            )}
          </div>
        </div>
      )}
      {step?.usage && !step.given && (
        <p className={css.usage}>
          {t("result.usage", { prompt: step.usage.prompt_tokens, completion: step.usage.completion_tokens })}
        </p>
      )}
      {step && (
        <>
          <Side
            title={t("result.in")}
            value={isTechnical || isApart(step.input) ? step.input : inputInWords(step.input)}
            titleOf={inputTitle}
            isTechnical={isTechnical}
          />
          {step.status === "succeeded" || shown.kind === "handled" ? (
            <Side
              title={t("result.out")}
              value={isTechnical || isApart(step.output) ? givenBy(step) : outputInWords(givenBy(step))}
              titleOf={shown.reason === "port" ? failureTitle : outputTitle}
              isTechnical={isTechnical}
            />
          ) : (
            step.text && (
              <Side
                title={t("result.soFar")}
                value={step.text}
                titleOf={outputTitle}
                isTechnical={isTechnical}
              />
            )
          )}
        </>
      )}
    </div>
  );
}

interface SideProps {
  title: string;
  value: Json;
  titleOf: (field: string) => string;
  isTechnical: boolean;
}

function Side({ title, value, titleOf, isTechnical }: SideProps) {
  return (
    <section className={css.side}>
      <h3 className={css.title}>{title}</h3>
      {isTechnical ? <Technical value={value} /> : <ValueCard value={value} titleOf={titleOf} />}
    </section>
  );
}
