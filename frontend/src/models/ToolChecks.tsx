import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, Footprints, Square, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Model, ModelsPage, ToolCheck } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { errorWords } from "@/i18n/errorWords";
import { Badge, Button, Progress, Section } from "@/ui";
import css from "./models.module.css";
import { useModelName } from "./useModelName";

const LOOK_EVERY_MS = 1500;

/** For each model that writes replies how it calls tools, and checking it. */
export function ToolChecks({ page, mayCheck }: { page: ModelsPage; mayCheck: boolean }) {
  const { t } = useTranslation("models");
  const nameOf = useModelName(page.models);
  const isRunning = page.tool_checks.some(({ state }) => state === "running");
  // The page's own answer tells how far a check is: asked for again while one is at work.
  useQuery({ ...modelsQuery, enabled: isRunning, refetchInterval: isRunning && LOOK_EVERY_MS });
  return (
    <Section title={t("tools.title")} text={t("tools.lead")}>
      <ul className={css.list}>
        {page.models
          .filter(({ kind }) => kind === "chat")
          .map((model) => (
            <li key={model.id} className={css.card}>
              <CheckedModel
                model={model}
                name={nameOf(model.id)}
                check={page.tool_checks.find((each) => each.model === model.id)}
                mayCheck={mayCheck}
              />
            </li>
          ))}
      </ul>
    </Section>
  );
}

interface CheckedModelProps {
  model: Model;
  name: string;
  check: ToolCheck | undefined;
  mayCheck: boolean;
}

function CheckedModel({ model, name, check, mayCheck }: CheckedModelProps) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (what: "checkTools" | "cancelToolsCheck") => models[what](model.id),
    onSuccess: (page) => queries.setQueryData(modelsQuery.queryKey, page),
    onError: toastFault,
  });
  const isRunning = check?.state === "running";
  return (
    <>
      <div className={css.words}>
        <h3 className={css.name}>{name}</h3>
        {check?.verdict ? (
          <Verdict verdict={check.verdict} />
        ) : (
          <p className={css.text}>{t("tools.unknown")}</p>
        )}
        {check && <HowFar check={check} />}
      </div>
      {mayCheck && (
        <div className={css.actions}>
          <Button
            size="s"
            icon={isRunning ? <Square /> : <Wrench />}
            busy={act.isPending}
            aria-label={t(isRunning ? "tools.cancelNamed" : "tools.checkNamed", { name })}
            onClick={() => act.mutate(isRunning ? "cancelToolsCheck" : "checkTools")}
          >
            {t(isRunning ? "tools.cancel" : "tools.check")}
          </Button>
        </div>
      )}
    </>
  );
}

const LOOKS = {
  ok: { tone: "ok", icon: <Check />, word: "tools.ok", text: "tools.okText" },
  guided: { tone: "info", icon: <Footprints />, word: "tools.guided", text: "tools.guidedText" },
  weak: { tone: "warn", icon: <CircleAlert />, word: "tools.weak", text: "tools.weakText" },
} as const;

function Verdict({ verdict }: { verdict: keyof typeof LOOKS }) {
  const { t } = useTranslation("models");
  const { tone, icon, word, text } = LOOKS[verdict];
  return (
    <>
      <p className={css.badges}>
        <Badge tone={tone} icon={icon}>
          {t(word)}
        </Badge>
      </p>
      <p className={css.text}>{t(text)}</p>
    </>
  );
}

/** What the latest check found, or how far it is. */
function HowFar({ check }: { check: ToolCheck }) {
  const { t } = useTranslation("models");
  const { state, done, total, fits, right } = check;
  if (state === "running") {
    const next = Math.min(done + 1, total);
    const label = t(check.is_guided ? "tools.runningGuided" : "tools.running", { next, total });
    return <Progress label={label} value={done / total} />;
  }
  if (state === "cancelled") return <p className={css.text}>{t("tools.cancelled")}</p>;
  if (state === "done") return <p className={css.text}>{t("tools.result", { total, fits, right })}</p>;
  const { message, hint } = errorWords(check.error ?? { code: "unexpected" });
  return (
    <p className={css.warn} role="alert">
      {message} {hint}
    </p>
  );
}
