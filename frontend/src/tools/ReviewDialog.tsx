import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { SourceTool, ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, toast } from "@/ui";
import { toolSources } from "./endpoints";
import { routeOf } from "./operations";
import css from "./tools.module.css";

export interface ReviewDialogProps {
  source: ToolSource;
  tool: SourceTool;
  onClose: () => void;
}

/** What a tool was approved as, beside what its source says of it now. */
export function ReviewDialog({ source, tool, onClose }: ReviewDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const name = tool.title || tool.name;
  const isNew = tool.state === "new";
  const now = tool.offered ?? tool;
  const approve = useMutation({
    mutationFn: () => toolSources.approve(source.id, tool.id, now.digest),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
      toast.done(t("review.approved", { name }));
      onClose();
    },
    onError: () => queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey }),
  });
  return (
    <Dialog
      open
      size="l"
      onOpenChange={(open) => !open && onClose()}
      title={t(isNew ? "review.newTitle" : "review.title", { name })}
      description={t("review.text")}
      footer={
        <Button look="primary" busy={approve.isPending} onClick={() => approve.mutate()}>
          {t("review.approve")}
        </Button>
      }
    >
      <div className={css.beside}>
        {!isNew && <Version title={t("review.before")} said={tool} />}
        <Version title={t("review.now")} said={now} />
      </div>
      {!tool.is_enabled && <p className={css.quiet}>{t("review.switchOn")}</p>}
      {!approve.isPending && <FaultBanner error={approve.error} />}
    </Dialog>
  );
}

function Version({
  title,
  said,
}: {
  title: string;
  said: Pick<SourceTool, "title" | "description" | "input_schema" | "request">;
}) {
  const { t } = useTranslation("tools");
  return (
    <section className={css.version}>
      <h3>{title}</h3>
      <h4 className={css.quiet}>{t("review.description")}</h4>
      <p className={css.said}>
        {[said.title, said.description].filter(Boolean).join("\n") || t("tool.noWords")}
      </p>
      {said.request && (
        <>
          <h4 className={css.quiet}>{t("review.request")}</h4>
          <p>
            <code>{routeOf(said)}</code>
          </p>
          <pre className={css.schema}>
            {JSON.stringify({ parameters: said.request.parameters, body: said.request.body }, null, 2)}
          </pre>
        </>
      )}
      <h4 className={css.quiet}>{t("review.schema")}</h4>
      <pre className={css.schema}>{JSON.stringify(said.input_schema, null, 2)}</pre>
    </section>
  );
}
