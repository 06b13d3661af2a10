import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { workflows } from "@/api/endpoints";
import { workflowQuery, workflowsQuery } from "@/api/queries";
import { toastFault } from "@/faults/toastFault";
import { languageOf } from "@/i18n/language";

/** Makes an app from a template, in the person's language, and opens it. */
export function useCreateApp() {
  const { i18n } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ template, name }: { template: string; name?: string }) =>
      workflows.create({
        template,
        ...(name ? { name } : {}),
        language: languageOf(i18n.language) ?? "en",
      }),
    onSuccess: async (workflow) => {
      queries.setQueryData(workflowQuery(workflow.id).queryKey, workflow);
      void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
      await navigate(`/apps/${workflow.id}/build`, { state: { isNew: true } });
    },
    onError: toastFault,
  });
}
