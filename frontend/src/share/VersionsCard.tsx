import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { publishing, workflows } from "@/api/endpoints";
import { workflowQuery } from "@/api/queries";
import type { Graph, Publication, Workflow } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { moment } from "@/i18n/time";
import { Badge, Banner, Button, ConfirmDialog, Section } from "@/ui";
import css from "./share.module.css";

/** What was published, the newest first. Each can be the draft again, and what was the draft before comes back. */
export function VersionsCard({ workflow, publication }: { workflow: Workflow; publication: Publication }) {
  const { t, i18n } = useTranslation("share");
  const queries = useQueryClient();
  const [asked, setAsked] = useState<number | null>(null);
  const [before, setBefore] = useState<{ number: number; graph: Graph } | null>(null);
  const { data: versions, error } = useQuery({
    queryKey: ["versions", workflow.id, publication.version_number],
    queryFn: ({ signal }) => publishing.versions(workflow.id, signal),
  });
  const take = () => queries.invalidateQueries({ queryKey: workflowQuery(workflow.id).queryKey });
  const restore = useMutation({
    mutationFn: async (number: number) => {
      // The draft as the server has it now: another window may have saved since this page came.
      const { graph } = await queries.fetchQuery({ ...workflowQuery(workflow.id), staleTime: 0 });
      await publishing.restore(workflow.id, number);
      return { number, graph };
    },
    onSuccess: (done) => {
      setBefore(done);
      return take();
    },
    onSettled: () => setAsked(null),
  });
  const undo = useMutation({
    mutationFn: ({ graph }: { graph: Graph }) => workflows.saveDraft(workflow.id, workflow.revision, graph),
    onSuccess: () => {
      setBefore(null);
      return take();
    },
  });
  return (
    <Section card title={t("versions.title")} text={t("versions.text")}>
      <FaultBanner error={error ?? restore.error ?? undo.error} />
      {before && (
        <Banner
          tone="ok"
          live
          title={t("versions.restored", { number: before.number })}
          actions={
            <>
              <Button size="s" busy={undo.isPending} onClick={() => undo.mutate(before)}>
                {t("versions.undo")}
              </Button>
              <Button size="s" asChild>
                <Link to={`/apps/${workflow.id}/build`}>{t("versions.open")}</Link>
              </Button>
            </>
          }
        >
          {t("versions.restoredText")}
        </Banner>
      )}
      <ul className={css.keyList}>
        {versions?.map(({ number, created_at }) => (
          <li key={number} className={css.key}>
            <History className={css.keyIcon} aria-hidden="true" />
            <div className={css.keyWords}>
              <p>
                {t("versions.number", { number })}{" "}
                {number === publication.version_number && <Badge tone="ok">{t("versions.live")}</Badge>}
              </p>
              <p className={css.quiet}>{moment(created_at, i18n.language)}</p>
            </div>
            <Button size="s" asChild>
              <Link
                to={`/apps/${workflow.id}/versions?before=${number}`}
                aria-label={t("versions.compareNamed", { number })}
              >
                {t("versions.compare")}
              </Link>
            </Button>
            <Button
              size="s"
              aria-label={t("versions.restoreNamed", { number })}
              onClick={() => setAsked(number)}
            >
              {t("versions.restore")}
            </Button>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t("versions.sure", { number: asked })}
        description={t("versions.sureText")}
        action={t("versions.restore")}
        danger={false}
        busy={restore.isPending}
        onConfirm={() => asked !== null && restore.mutate(asked)}
      />
    </Section>
  );
}
