import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { retention } from "@/api/endpoints";
import { retentionQuery } from "@/api/queries";
import type { RetentionPreview } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { day } from "@/i18n/time";
import { Button, ConfirmDialog } from "@/ui";
import { GoesAlong } from "./GoesAlong";
import css from "./retention.module.css";
import { useRetentionWords } from "./useRetentionWords";

/** What would go now, app by app, what would stay, and a way to have it deleted at once. */
export function RetentionGoes({ seen }: { seen: RetentionPreview }) {
  const { t, i18n } = useTranslation("retention");
  const { size, runs } = useRetentionWords();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const run = useMutation({
    mutationFn: retention.run,
    onError: toastFault,
    onSettled: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: retentionQuery.queryKey });
    },
  });
  const when = (iso: string) => day(iso, i18n.language);
  return (
    <div className={css.figures}>
      {seen.runs === 0 && <p>{t("goes.none")}</p>}
      {seen.runs > 0 && <GoesAlong seen={seen} />}
      {seen.runs > 0 && (
        <div className={css.scroll}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t("goes.app")}</th>
                <th scope="col">{t("goes.ended")}</th>
                <th scope="col" className={css.number}>
                  {t("goes.count")}
                </th>
                <th scope="col" className={css.number}>
                  {t("goes.size")}
                </th>
              </tr>
            </thead>
            <tbody>
              {seen.apps.map((app) => (
                <tr key={app.workflow_id}>
                  <th scope="row">{app.name || t("goes.noApp")}</th>
                  <td>
                    {when(app.oldest) === when(app.newest)
                      ? when(app.oldest)
                      : t("goes.between", { oldest: when(app.oldest), newest: when(app.newest) })}
                  </td>
                  <td className={css.number}>{app.runs}</td>
                  <td className={css.number}>{size(app.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className={css.quiet}>
        {t("goes.left", { runs: runs(seen.kept.runs), size: size(seen.kept.bytes) })}
        {seen.still_over > 0 && ` ${t("goes.over", { size: size(seen.still_over) })}`}
      </p>
      {seen.runs > 0 && (
        <div>
          <Button look="danger" onClick={() => setAsking(true)}>
            {t("goes.now")}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("confirm.nowTitle", { count: seen.runs })}
        description={t("confirm.now")}
        action={t("confirm.action", { count: seen.runs })}
        busy={run.isPending}
        onConfirm={() => run.mutate()}
      >
        <GoesAlong seen={seen} />
      </ConfirmDialog>
    </div>
  );
}
