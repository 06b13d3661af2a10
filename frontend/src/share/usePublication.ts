import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { publishing } from "@/api/endpoints";
import { keysQuery, workflowQuery, workflowsQuery } from "@/api/queries";
import { toast } from "@/ui";

/** Freezes the draft and offers it; afterwards every page sees the new publication. */
export function usePublish(workflow: string) {
  const { t } = useTranslation("share");
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => publishing.publish(workflow),
    onSuccess: ({ publication, version }) => {
      queries.setQueryData(workflowQuery(workflow).queryKey, (old) => old && { ...old, publication });
      void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
      void queries.invalidateQueries({ queryKey: keysQuery(workflow).queryKey });
      toast.done(t("done", { number: version.number }));
    },
  });
}

/** Changes how the app is offered; takes effect for visitors at once. */
export function useChangePublication(workflow: string, done?: () => void) {
  const { t } = useTranslation("share");
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: Parameters<typeof publishing.update>[1]) => publishing.update(workflow, change),
    onSuccess: (publication) => {
      queries.setQueryData(workflowQuery(workflow).queryKey, (old) => old && { ...old, publication });
      void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
      toast.done(t("saved"));
      done?.();
    },
  });
}
