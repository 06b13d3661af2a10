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

/** Beneath the last result of a step that uses another app: what the steps of that app did. */
export function CalledResult({ id }: { id: string }) {
  const { types, runs } = useEditor();
  const runId = useRun((view) => view.runId);
  const path = useRun((view) => view.paths.get(id) ?? id);
  const hasBegun = useRun((view) => view.run.rounds[path] !== undefined);
  // As it was when the run began: another app may be chosen by now.
  const node = useRun((view) => view.plan && stepAt(view.plan.graph, path));
  const isCall = node ? callKey(node, types.get(node.type)) !== null : false;
  const { data, error, refetch } = useQuery({
    ...usedAppsQuery(runId ?? ""),
    enabled: runId !== null && isCall && hasBegun,
  });
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
