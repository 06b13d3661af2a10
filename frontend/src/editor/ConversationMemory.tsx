import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { NotebookText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { FaultBanner } from "@/faults/FaultBanner";
import { RememberedValue } from "@/runs/ChangeValue";
import { Button, Dialog, IconButton, Loading } from "@/ui";
import css from "./ConversationMemory.module.css";

export interface ConversationMemoryProps {
  /** The conversation as the server knows it; null before its first message has arrived there. */
  conversation: () => string | null;
  /** A run is at work and may change it. */
  isRunning: boolean;
}

/** A button that shows what the conversation remembers, to be looked at and forgotten. */
export function ConversationMemory({ conversation, isRunning }: ConversationMemoryProps) {
  const { t } = useTranslation("editor");
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <IconButton label={t("remembers.title")} tooltipSide="top" onClick={() => setShown(conversation())}>
        <NotebookText />
      </IconButton>
      <Dialog
        open={shown !== null}
        onOpenChange={(open) => !open && setShown(null)}
        title={t("remembers.title")}
        description={t("remembers.text")}
      >
        {shown && <Values conversation={shown} isRunning={isRunning} />}
      </Dialog>
    </>
  );
}

const LOOK_AGAIN_MS = 2_000;

function Values({ conversation, isRunning }: { conversation: string; isRunning: boolean }) {
  const { t } = useTranslation("editor");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const key = ["conversations", conversation, "remembered"];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.runs.remembered(conversation, signal),
    staleTime: 0,
    refetchInterval: isRunning ? LOOK_AGAIN_MS : false,
  });
  const forget = useMutation({
    mutationFn: (name?: string) => api.runs.forget(conversation, name),
    onSuccess: (left) => queries.setQueryData(key, left),
  });
  if (!data && !error) return <Loading label={common("state.loading")} />;
  const variables = data?.variables ?? [];
  const kept = variables.filter((one) => one.is_kept);
  return (
    <div className={css.all}>
      <FaultBanner error={error ?? forget.error} onRetry={() => void refetch()} />
      {data && variables.length === 0 && <p className={css.quiet}>{t("remembers.none")}</p>}
      <ul className={css.list}>
        {variables.map(({ name, title, value, is_kept, is_declared }) => (
          <li key={name} className={css.row}>
            <div className={css.words}>
              <span className={css.name}>{title || name}</span>
              {!is_kept && <span className={css.quiet}>{t("remembers.begins")}</span>}
              {!is_declared && <span className={css.quiet}>{t("remembers.old")}</span>}
              <div className={css.value}>
                <RememberedValue value={value} />
              </div>
            </div>
            {is_kept && (
              <Button
                size="s"
                aria-label={t("remembers.forgetOne", { name: title || name })}
                onClick={() => forget.mutate(name)}
              >
                {t("remembers.forget")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {kept.length > 1 && (
        <div>
          <Button look="danger" busy={forget.isPending} onClick={() => forget.mutate(undefined)}>
            {t("remembers.forgetAll")}
          </Button>
        </div>
      )}
    </div>
  );
}
