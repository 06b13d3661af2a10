import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { retention } from "@/api/endpoints";
import { retentionPreviewQuery, retentionQuery } from "@/api/queries";
import type { Clearing } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Button, Progress, Section } from "@/ui";
import { isOpen, partDone } from "./retention";
import css from "./retention.module.css";
import { useRetentionWords } from "./useRetentionWords";

/** The newest round of deleting old runs: how far it is, or what it came to. */
export function ClearingRound({ clearing, mayStop }: { clearing: Clearing; mayStop: boolean }) {
  const { t, i18n } = useTranslation("retention");
  const { size, runs } = useRetentionWords();
  const queries = useQueryClient();
  const open = isOpen(clearing);
  const wasOpen = useRef(open);
  useEffect(() => {
    if (wasOpen.current && !open) {
      void queries.invalidateQueries({ queryKey: retentionPreviewQuery.queryKey });
    }
    wasOpen.current = open;
  }, [open, queries]);
  const stop = useMutation({
    mutationFn: retention.cancel,
    onError: toastFault,
    onSettled: () => queries.invalidateQueries({ queryKey: retentionQuery.queryKey }),
  });
  if (!open) {
    const gone = {
      when: ago(clearing.ended_at ?? clearing.created_at, i18n.language),
      runs: runs(clearing.done.runs),
      size: size(clearing.done.bytes),
    };
    return (
      <p className={css.quiet}>{t(`round.${clearing.state === "cancelled" ? "cancelled" : "done"}`, gone)}</p>
    );
  }
  const isStopping = clearing.state === "stopping";
  return (
    <Section card label={t("goes.title")}>
      <div className={css.round}>
        <Progress
          label={
            isStopping
              ? t("round.stopping")
              : t("round.working", { done: clearing.done.runs, all: clearing.expected.runs })
          }
          value={partDone(clearing)}
        />
        {mayStop && (
          <Button size="s" busy={stop.isPending} disabled={isStopping} onClick={() => stop.mutate()}>
            {t("round.stop")}
          </Button>
        )}
      </div>
    </Section>
  );
}
