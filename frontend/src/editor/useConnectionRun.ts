import type { ConnectionRun, Exit } from "@/flow-kit/parts";
import { isOver } from "@/runs/fold";
import { useRun } from "@/runs/runStore";

/** How a connection stands in the run on screen: at work, taken, passed by, or neither. */
export function useConnectionRun({ node, port, target }: Exit & { target: string }): ConnectionRun {
  return useRun(({ run, shown, paths }) => {
    const source = run.steps[paths.get(node) ?? node];
    if (!source) return shown.get(node)?.kind === "skipped" ? "unused" : "idle";
    if (source.port === null) return isOver(run.status) ? "unused" : "idle";
    if (source.port !== port) return "unused";
    return shown.get(target)?.kind === "running" ? "active" : "taken";
  });
}
