import { useQuery } from "@tanstack/react-query";
import { usedAppsQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { CalledSteps } from "@/runs/CalledSteps";
import { callKey, UsedAppsContext } from "@/runs/calls";
import { Trace } from "@/runs/page/Trace";
import { stepAt } from "@/runs/paths";
import { useRun } from "@/runs/runStore";
import css from "./CalledResult.module.css";
import { useEditor } from "./context";

/** The step as it was when the run began, for another app may be chosen by now; and the apps that ran in the run
 * if it uses one. */
export function useCalled(id: string) {
  const { types } = useEditor();
  const runId = useRun((view) => view.runId);
  const path = useRun((view) => view.paths.get(id) ?? id);
  const hasBegun = useRun((view) => view.run.rounds[path] !== undefined);
  const node = useRun((view) => view.plan && stepAt(view.plan.graph, path));
  const isCall = node ? callKey(node, types.get(node.type)) !== null : false;
  const query = useQuery({
    ...usedAppsQuery(runId ?? ""),
    enabled: runId !== null && isCall && hasBegun,
  });
  return { node: node ?? undefined, isCall, query };
}

/** Beneath the last result of a step that uses another app: what the steps of that app did. */
export function CalledResult({ id }: { id: string }) {
  const { types, runs } = useEditor();
  const { node, isCall, query } = useCalled(id);
  const { data, error, refetch } = query;
  if (!node || !isCall) return null;
  return (
    <div className={css.called}>
      <FaultBanner error={error} onRetry={() => void refetch()} />
      <UsedAppsContext value={data ?? null}>
        <CalledSteps node={node} types={types}>
          {(graph, label) => <Trace graph={graph} types={types} choose={runs.chooseRound} label={label} />}
        </CalledSteps>
      </UsedAppsContext>
    </div>
  );
}
