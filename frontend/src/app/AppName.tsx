import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { workflows } from "@/api/endpoints";
import { useMay } from "@/api/may";
import { workflowQuery, workflowsQuery } from "@/api/queries";
import type { Workflow } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { Skeleton, Tooltip } from "@/ui";
import css from "./AppName.module.css";

/** The app's name in its header; a click turns it into a field, Enter keeps the new name, Escape the old. */
export function AppName({ workflow }: { workflow: Workflow | undefined }) {
  const { t } = useTranslation("common");
  const queries = useQueryClient();
  const may = useMay();
  const [draft, setDraft] = useState<string | null>(null);
  const rename = useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => workflows.rename(id, name),
    onSuccess: (_, { id, name }) => {
      queries.setQueryData(workflowQuery(id).queryKey, (old) => old && { ...old, name });
      void queries.invalidateQueries({ queryKey: workflowsQuery.queryKey, exact: true });
    },
    onError: toastFault,
  });

  if (!workflow) return <Skeleton className={css.waiting} />;
  const keep = () => {
    const name = draft?.trim();
    setDraft(null);
    if (name && name !== workflow.name) rename.mutate({ id: workflow.id, name });
  };
  if (draft !== null) {
    return (
      <input
        className={css.input}
        aria-label={t("app.name")}
        value={draft}
        maxLength={120}
        // biome-ignore lint/a11y/noAutofocus: the person just asked to type here
        autoFocus
        onFocus={(event) => event.target.select()}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") keep();
          if (event.key === "Escape") setDraft(null);
        }}
      />
    );
  }
  const name = rename.isPending ? rename.variables.name : workflow.name;
  if (!may.edit) return <h1 className={css.heading}>{name}</h1>;
  return (
    <h1 className={css.heading}>
      <Tooltip text={t("app.rename")}>
        <button type="button" className={css.name} onClick={() => setDraft(workflow.name)}>
          {name}
        </button>
      </Tooltip>
    </h1>
  );
}
