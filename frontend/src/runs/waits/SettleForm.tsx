import { CircleHelp } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { useMay } from "@/api/may";
import type { Settlement } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Input } from "@/ui";
import css from "./SettleForm.module.css";

export interface SettleFormProps {
  run: string;
  /** Where in the run the step is. */
  path: string;
  title: string;
  /** The run does nothing yet, whatever is said. */
  isPaused?: boolean;
  /** The step gives a text; whoever knows it can say it. */
  givesText?: boolean;
  onSettled?: () => void;
}

const ACTIONS: readonly Settlement[] = ["done", "again", "fail"];

/** Asks a person what became of a step that was cut off: it was done, do it again, count it as failed. */
export function SettleForm({
  run,
  path,
  title,
  isPaused = false,
  givesText = false,
  onSettled,
}: SettleFormProps) {
  const { t } = useTranslation("runs");
  const may = useMay();
  const id = useId();
  const [sending, setSending] = useState<Settlement | null>(null);
  const [answer, setAnswer] = useState("");
  const [isSent, setSent] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const settle = async (action: Settlement) => {
    setSending(action);
    setFault(null);
    try {
      const known = action === "done" && answer.trim() ? { output: { text: answer } } : {};
      await api.runs.settle(run, { path, action, ...known });
      setSent(true);
      onSettled?.();
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setSending(null);
    }
  };
  return (
    <section className={css.form} aria-labelledby={`${id}title`}>
      <CircleHelp className={css.icon} aria-hidden="true" />
      <div className={css.body}>
        <h3 id={`${id}title`} className={css.title}>
          {t("settle.title", { step: title })}
        </h3>
        {isSent ? (
          <p role="status">{t(isPaused ? "settle.sentPaused" : "settle.sent")}</p>
        ) : (
          <>
            <p>{t("settle.help")}</p>
            {!may.edit && <p>{t("settle.onlyEditors")}</p>}
            {may.edit &&
              ACTIONS.map((action) => (
                <div key={action} className={css.choice}>
                  <Button
                    size="s"
                    busy={sending === action}
                    disabled={sending !== null && sending !== action}
                    aria-describedby={`${id}${action}`}
                    onClick={() => void settle(action)}
                  >
                    {t(`settle.${action}`)}
                  </Button>
                  <p id={`${id}${action}`} className={css.help}>
                    {t(givesText && action === "done" ? "settle.doneHelpText" : `settle.${action}Help`)}
                  </p>
                  {givesText && action === "done" && (
                    <Field label={t("settle.answer")} optional={t("settle.ifKnown")}>
                      {(control) => (
                        <Input
                          {...control}
                          value={answer}
                          maxLength={10_000}
                          onChange={(event) => setAnswer(event.target.value)}
                        />
                      )}
                    </Field>
                  )}
                </div>
              ))}
          </>
        )}
        <FaultBanner error={fault} />
      </div>
    </section>
  );
}
