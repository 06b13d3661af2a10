import { Send } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { asApiError } from "@/api/errors";
import type { Workflow } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { ago } from "@/i18n/time";
import { Banner, Button, EmptyState } from "@/ui";
import { KeyDialog } from "./KeyDialog";
import css from "./share.module.css";
import { usePublish } from "./usePublication";

/** Whether visitors see the app, and which version; with the button that publishes while there is something to. */
export function PublishState({ workflow }: { workflow: Workflow }) {
  const { t, i18n } = useTranslation("share");
  const publish = usePublish(workflow.id);
  const [isKeySeen, setKeySeen] = useState(false);
  const { publication } = workflow;
  const fix = asApiError(publish.error).code === "graph_has_problems" && (
    <Button asChild size="s">
      <Link to={`/apps/${workflow.id}/build`}>{t("fix")}</Link>
    </Button>
  );
  const key = publish.data?.api_key;
  return (
    <>
      <FaultBanner error={publish.error} action={fix} />
      {!publication && (
        <div className={css.first}>
          <EmptyState
            icon={<Send />}
            title={t("unpublished.title")}
            action={
              <Button look="primary" busy={publish.isPending} onClick={() => publish.mutate()}>
                {publish.isPending ? t("publishing") : t("publish")}
              </Button>
            }
          >
            {t("unpublished.text")}
          </EmptyState>
        </div>
      )}
      {publication?.has_changes && (
        <Banner
          tone="info"
          title={t("changes.title")}
          actions={
            <Button look="primary" busy={publish.isPending} onClick={() => publish.mutate()}>
              {publish.isPending ? t("publishing") : t("publishChanges")}
            </Button>
          }
        >
          {t("changes.text", {
            number: publication.version_number,
            when: ago(publication.published_at, i18n.language),
          })}
        </Banner>
      )}
      {publication && !publication.has_changes && (
        <Banner tone="ok" title={t("published", { number: publication.version_number })}>
          {t("publishedText", { when: ago(publication.published_at, i18n.language) })}
        </Banner>
      )}
      {key && !isKeySeen && <KeyDialog apiKey={key} onClose={() => setKeySeen(true)} />}
    </>
  );
}
