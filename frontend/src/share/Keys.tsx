import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { publishing } from "@/api/endpoints";
import { keysQuery } from "@/api/queries";
import type { ApiKey } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Button, ConfirmDialog, Loading, toast } from "@/ui";
import { NewKeyDialog } from "./NewKeyDialog";
import css from "./share.module.css";

/** The app's keys: made (shown once), listed by their beginning, revoked. */
export function Keys({ workflow, isOwner }: { workflow: string; isOwner: boolean }) {
  const { t } = useTranslation("share");
  const { t: common } = useTranslation("common");
  const { data: keys, error, refetch } = useQuery(keysQuery(workflow));
  const [isCreating, setCreating] = useState(false);
  return (
    <div className={css.keys}>
      <div className={css.keysHead}>
        <div>
          <h3>{t("api.keys")}</h3>
          <p className={css.quiet}>{isOwner ? t("api.keysText") : t("api.ownerOnly")}</p>
        </div>
        {isOwner && (
          <Button size="s" icon={<Plus />} onClick={() => setCreating(true)}>
            {t("api.create")}
          </Button>
        )}
      </div>
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {!keys && !error && <Loading label={common("state.loading")} lines={1} />}
      {keys?.length === 0 && <p className={css.quiet}>{t("api.noKeys")}</p>}
      {keys && keys.length > 0 && (
        <ul className={css.keyList}>
          {keys.map((key) => (
            <li key={key.id}>
              <KeyRow workflow={workflow} apiKey={key} isOwner={isOwner} />
            </li>
          ))}
        </ul>
      )}
      {isCreating && <NewKeyDialog workflow={workflow} onClose={() => setCreating(false)} />}
    </div>
  );
}

function KeyRow({ workflow, apiKey, isOwner }: { workflow: string; apiKey: ApiKey; isOwner: boolean }) {
  const { t, i18n } = useTranslation("share");
  const queries = useQueryClient();
  const [isRevoking, setRevoking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => publishing.revokeKey(workflow, apiKey.id),
    onSuccess: () => {
      setRevoking(false);
      toast.done(t("api.revoked", { name: apiKey.name }));
      return queries.invalidateQueries({ queryKey: keysQuery(workflow).queryKey });
    },
    onError: toastFault,
  });
  return (
    <div className={css.key}>
      <KeyRound className={css.keyIcon} aria-hidden="true" />
      <div className={css.keyWords}>
        <p className={css.keyName}>{apiKey.name}</p>
        <p className={css.quiet}>
          <code>{apiKey.prefix}…</code>
          {" · "}
          {apiKey.last_used_at
            ? t("api.used", { when: ago(apiKey.last_used_at, i18n.language) })
            : t("api.neverUsed")}
        </p>
      </div>
      {isOwner && (
        <Button size="s" look="danger" onClick={() => setRevoking(true)}>
          {t("api.revoke")}
        </Button>
      )}
      <ConfirmDialog
        open={isRevoking}
        onOpenChange={setRevoking}
        title={t("api.revokeTitle", { name: apiKey.name })}
        description={t("api.revokeText")}
        action={t("api.revoke")}
        busy={revoke.isPending}
        onConfirm={() => revoke.mutate()}
      />
    </div>
  );
}
