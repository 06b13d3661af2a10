import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderOpen, Workflow } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { workflows } from "@/api/endpoints";
import { useMay } from "@/api/may";
import { workflowsQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Button, EmptyState, Section, Skeleton, toast } from "@/ui";
import { AppCard } from "./AppCard";
import css from "./MyApps.module.css";

export function MyApps() {
  const { t } = useTranslation("home");
  const may = useMay();
  const { data: apps, error, refetch } = useQuery(workflowsQuery);
  return (
    <Section title={t("apps.title")} aside={may.edit && <ImportButton />}>
      {error && <FaultBanner error={error} onRetry={() => void refetch()} />}
      {!error && !apps && <Skeleton className={css.waiting} />}
      {apps?.length === 0 && (
        <div className={css.empty}>
          <EmptyState icon={<Workflow />} title={t("apps.emptyTitle")}>
            {t("apps.emptyText")}
          </EmptyState>
        </div>
      )}
      {apps && apps.length > 0 && (
        <ul className={css.list}>
          {apps.map((app) => (
            <li key={app.id}>
              <AppCard app={app} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Opens a workflow file that was downloaded here or elsewhere. */
function ImportButton() {
  const { t } = useTranslation("home");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const chooser = useRef<HTMLInputElement>(null);
  const add = useMutation({
    mutationFn: async (file: File) => workflows.importFile(await file.text()),
    onSuccess: async (workflow) => {
      void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
      toast.done(t("apps.imported", { name: workflow.name }));
      await navigate(`/apps/${workflow.id}/build`);
    },
    onError: (error) => {
      const { message, hint, details } = wordsOfThrown(error);
      toast.failed(message, details || hint);
    },
  });
  return (
    <>
      <Button size="s" icon={<FolderOpen />} busy={add.isPending} onClick={() => chooser.current?.click()}>
        {t("apps.import")}
      </Button>
      <input
        ref={chooser}
        type="file"
        accept=".yaml,.yml"
        hidden
        onChange={({ target }) => {
          const file = target.files?.[0];
          target.value = "";
          if (file) add.mutate(file);
        }}
      />
    </>
  );
}
