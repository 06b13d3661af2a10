import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { nodesQuery, workflowQuery } from "@/api/queries";
import { titleOf } from "@/flow-kit/stepTypes";
import { stepAt } from "@/runs/paths";

/** What the step at a path of the app's drawing is called; its id until that is known. */
export function useStepTitle(app: string): (path: string) => string {
  const { i18n } = useTranslation();
  const { data: workflow } = useQuery(workflowQuery(app));
  const { data: catalogue } = useQuery(nodesQuery);
  const types = new Map(catalogue?.nodes.map((type) => [type.type, type]));
  return (path) => {
    const step = workflow && stepAt(workflow.graph, path);
    return step && catalogue ? titleOf(step, types, i18n.language) : (path.split(".").at(-1) ?? "");
  };
}
