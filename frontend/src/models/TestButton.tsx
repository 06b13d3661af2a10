import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Stethoscope } from "lucide-react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { ModelTest } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Progress } from "@/ui";
import css from "./models.module.css";

type Test = UseMutationResult<ModelTest, Error, void>;

/** Asking a model, or the models of a connection, one short question. */
export function useModelTest(what: { model: string } | { connection: string }): Test {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => models.test(what),
    // A connection is ready or not by what its test gave.
    onSettled: () => queries.invalidateQueries({ queryKey: modelsQuery.queryKey, exact: true }),
  });
}

export function TestButton({ test, name }: { test: Test; name: string }) {
  const { t } = useTranslation("models");
  return (
    <Button
      size="s"
      icon={<Stethoscope />}
      busy={test.isPending}
      aria-label={t("test.named", { name })}
      onClick={() => test.mutate()}
    >
      {t("test.do")}
    </Button>
  );
}

/** How the test went, in words. `name` is said instead of the id where one model was tested. */
export function TestResult({ test, name }: { test: Test; name?: string }) {
  const { t, i18n } = useTranslation("models");
  if (test.isIdle) return null;
  if (test.isPending) return <Progress label={t("form.testing")} />;
  if (test.error) return <FaultBanner error={test.error} />;
  const seconds = new Intl.NumberFormat(i18n.language === "zh" ? "zh-CN" : i18n.language, {
    maximumFractionDigits: 1,
  });
  return (
    <div role="status">
      <ul className={css.results}>
        {test.data?.tested.map(({ model, kind, took_ms, answer }) => (
          <li key={`${kind} ${model}`} className={css.result}>
            <Check aria-hidden="true" />
            <span>
              {t(`test.${kind}`, {
                model: name ?? model,
                seconds: seconds.format(took_ms / 1000),
              })}
              {answer && <q className={css.answer}>{answer}</q>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
