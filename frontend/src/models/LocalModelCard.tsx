import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, Download, HardDrive, Pause, Play, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { localModels } from "@/api/endpoints";
import { localModelsQuery } from "@/api/queries";
import type { LocalModel } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { errorWords } from "@/i18n/errorWords";
import { sizeOf } from "@/i18n/size";
import { Badge, Button, ConfirmDialog, Disclosure, IconButton, Progress, toast } from "@/ui";
import css from "./models.module.css";
import { TestButton, TestResult, useModelTest } from "./TestButton";

interface LocalModelCardProps {
  model: LocalModel;
  mayChange: boolean;
  mayTest: boolean;
  freeBytes: number;
}

/** A model file: what it is, how far it is, and the one next thing to do with it. */
export function LocalModelCard({ model, mayChange, mayTest, freeBytes }: LocalModelCardProps) {
  const { t, i18n } = useTranslation("models");
  const queries = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const test = useModelTest({ model: model.model });
  const refresh = () => queries.invalidateQueries({ queryKey: localModelsQuery.queryKey });
  const act = useMutation({
    mutationFn: (what: "download" | "pause") => localModels[what](model.id),
    onSuccess: refresh,
    onError: toastFault,
  });
  const remove = useMutation({
    mutationFn: () => localModels.remove(model.id),
    onSuccess: async () => {
      setRemoving(false);
      toast.done(t("local.removed", { name: model.title }));
      await refresh();
    },
    onError: toastFault,
  });
  const { state, title } = model;
  const fits = model.size_bytes - model.done_bytes < freeBytes;
  return (
    <article className={css.card}>
      <span className={css.tile} aria-hidden="true">
        <HardDrive />
      </span>
      <div className={css.words}>
        <h3 className={css.name}>{title}</h3>
        <Facts model={model} />
        {state === "ready" && (
          <p className={css.badges}>
            <Badge tone="ok" icon={<Check />}>
              {t("local.ready")}
            </Badge>
            {model.is_running && <Badge tone="info">{t("local.running")}</Badge>}
          </p>
        )}
        {state === "downloading" && <Progress label={downloaded()} value={model.progress} />}
        {state === "paused" && (
          <Progress label={`${t("local.paused")} ${downloaded()}`} value={model.progress} />
        )}
        {state === "checking" && <Progress label={t("local.checking")} />}
        {state === "failed" && <Why model={model} />}
        {state === "available" && !fits && <p className={css.warn}>{t("local.noRoom")}</p>}
        <TestResult test={test} name={title} />
      </div>
      <div className={css.actions}>
        {mayTest && state === "ready" && <TestButton test={test} name={title} />}
        {mayChange && (
          <>
            {state === "available" && fits && (
              <Button
                size="s"
                icon={<Download />}
                busy={act.isPending}
                aria-label={t("local.downloadNamed", { name: title })}
                onClick={() => act.mutate("download")}
              >
                {t("local.download")}
              </Button>
            )}
            {state === "downloading" && (
              <Button
                size="s"
                icon={<Pause />}
                busy={act.isPending}
                aria-label={t("local.pauseNamed", { name: title })}
                onClick={() => act.mutate("pause")}
              >
                {t("local.pause")}
              </Button>
            )}
            {(state === "paused" || state === "failed") && (
              <Button
                size="s"
                icon={state === "paused" ? <Play /> : <RotateCcw />}
                busy={act.isPending}
                aria-label={t(state === "paused" ? "local.resumeNamed" : "local.againNamed", { name: title })}
                onClick={() => act.mutate("download")}
              >
                {t(state === "paused" ? "local.resume" : "local.again")}
              </Button>
            )}
            {state !== "available" && (
              <IconButton label={t(removeWord(), { name: title })} onClick={() => setRemoving(true)}>
                <Trash2 />
              </IconButton>
            )}
          </>
        )}
      </div>
      <ConfirmDialog
        open={isRemoving}
        onOpenChange={setRemoving}
        title={t(state === "ready" ? "local.removeTitle" : "local.cancelTitle", { name: title })}
        description={t(model.path ? "local.removePathText" : "local.removeText")}
        action={t(state === "ready" ? "local.remove" : "local.cancel")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </article>
  );

  function removeWord() {
    return state === "ready" || model.path ? "local.removeNamed" : "local.cancelNamed";
  }

  function downloaded(): string {
    if (model.size_bytes === 0) return t("local.soFar", { done: sizeOf(model.done_bytes, i18n.language) });
    return t("local.downloaded", {
      done: sizeOf(model.done_bytes, i18n.language),
      size: sizeOf(model.size_bytes, i18n.language),
      percent: Math.floor(model.progress * 100),
    });
  }
}

/** Size, memory, languages and licence in one line, and where the file lies. */
function Facts({ model }: { model: LocalModel }) {
  const { t, i18n } = useTranslation("models");
  const names = new Intl.DisplayNames([i18n.language === "zh" ? "zh-CN" : i18n.language], {
    type: "language",
  });
  const facts = [
    model.size_bytes > 0 && sizeOf(model.size_bytes, i18n.language),
    model.memory_bytes && t("local.memory", { size: sizeOf(model.memory_bytes, i18n.language) }),
    model.languages.length > 0 && model.languages.map((each) => names.of(each)).join(", "),
    model.licence && t("local.licence", { licence: model.licence }),
  ].filter(Boolean);
  return (
    <>
      {facts.length > 0 && <p className={css.text}>{facts.join(" · ")}</p>}
      {model.path && <p className={css.path}>{model.path}</p>}
    </>
  );
}

function Why({ model }: { model: LocalModel }) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const { message, hint, details } = errorWords(model.error ?? { code: "unexpected" });
  return (
    <div className={css.why}>
      <Badge tone="bad" icon={<CircleAlert />}>
        {t("local.failed")}
      </Badge>
      <p>
        {message} {hint}
      </p>
      {details && (
        <Disclosure label={common("action.showDetails")}>
          <p className={css.text}>{details}</p>
        </Disclosure>
      )}
    </div>
  );
}
