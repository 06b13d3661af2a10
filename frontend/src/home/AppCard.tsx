import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleDot, Download, ExternalLink, MoreHorizontal, PencilLine, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { workflows } from "@/api/endpoints";
import { useMay } from "@/api/may";
import { pinsQuery, workflowsQuery } from "@/api/queries";
import type { WorkflowSummary } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Badge, ConfirmDialog, IconButton, Menu, MenuItem, MenuSeparator, toast } from "@/ui";
import { UsedBy } from "@/uses/UsedBy";
import css from "./AppCard.module.css";
import { DownloadApp, downloadApp } from "./DownloadApp";

export function AppCard({ app }: { app: WorkflowSummary }) {
  const { t, i18n } = useTranslation("home");
  const queries = useQueryClient();
  const may = useMay();
  const [isDeleting, setDeleting] = useState(false);
  const [isDownloading, setDownloading] = useState(false);
  const remove = useMutation({
    mutationFn: () => workflows.remove(app.id),
    onSuccess: () => {
      setDeleting(false);
      toast.done(t("apps.deleted", { name: app.name }));
      return queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
    },
    onError: toastFault,
  });
  // There is something to choose only where steps have sample data.
  const download = useMutation({
    mutationFn: async () => {
      const pins = await queries.fetchQuery(pinsQuery(app.id));
      if (Object.keys(pins).length > 0) setDownloading(true);
      else await downloadApp(app, false);
    },
    onError: toastFault,
  });
  return (
    <article className={css.card}>
      <h3 className={css.name}>
        <Link className={css.link} to={`/apps/${app.id}/build`}>
          {app.name}
        </Link>
      </h3>
      <p className={css.about}>
        {app.is_published ? (
          <Badge tone="ok" icon={<CircleDot />}>
            {t("apps.live")}
          </Badge>
        ) : (
          <Badge icon={<PencilLine />}>{t("apps.draft")}</Badge>
        )}
        <span>{t("apps.changed", { when: ago(app.updated_at, i18n.language) })}</span>
      </p>
      <div className={css.more}>
        <Menu
          trigger={
            <IconButton label={t("apps.more", { name: app.name })}>
              <MoreHorizontal aria-hidden="true" />
            </IconButton>
          }
        >
          {app.chat_url && (
            <MenuItem
              icon={<ExternalLink />}
              onSelect={() => window.open(app.chat_url ?? "", "_blank", "noopener")}
            >
              {t("apps.openChat")}
            </MenuItem>
          )}
          <MenuItem icon={<Download />} onSelect={() => download.mutate()}>
            {t("apps.download")}
          </MenuItem>
          {may.edit && (
            <>
              <MenuSeparator />
              <MenuItem danger icon={<Trash2 />} onSelect={() => setDeleting(true)}>
                {t("apps.delete")}
              </MenuItem>
            </>
          )}
        </Menu>
      </div>
      {isDownloading && <DownloadApp app={app} onClose={() => setDownloading(false)} />}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={t("apps.deleteTitle", { name: app.name })}
        description={t("apps.deleteText")}
        action={t("apps.delete")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        {isDeleting && <UsedBy app={app.id} what="deleted" />}
      </ConfirmDialog>
    </article>
  );
}
