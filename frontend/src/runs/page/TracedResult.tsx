import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { GraphNode } from "@/api/types";
import type { StepType } from "@/flow-kit/stepTypes";
import { objectOf } from "@/forms/schema";
import { Changes } from "../Changes";
import { LastResult } from "../LastResult";
import { resultWords } from "../resultWords";
import { useRun } from "../runStore";
import { WaitNote } from "../waits/RunWaits";

/** What came into a step and what came out, in the round that is looked at. */
export function TracedResult({ node, type, title }: { node: GraphNode; type: StepType; title: string }) {
  const { i18n } = useTranslation("runs");
  const path = useRun((view) => view.paths.get(node.id) ?? node.id);
  const step = useRun((view) => view.run.steps[path]);
  const run = useRun((view) => view.runId);
  const isPaused = useRun((view) => view.run.isPaused);
  const shown = useRun((view) => view.shown.get(node.id));
  const words = useMemo(() => resultWords(type, type.output, i18n.language), [type, i18n.language]);
  const isWaiting = shown?.kind === "waiting" && step?.wait;
  return (
    <>
      {run && isWaiting && (
        <WaitNote
          runId={run}
          wait={step.wait}
          title={title}
          isPaused={isPaused}
          givesText={"text" in objectOf(type.output.properties)}
        />
      )}
      <LastResult step={step} shown={shown} {...words} />
      <Changes path={path} />
    </>
  );
}
