import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { GraphNode } from "@/api/types";
import { type StepType, type StepTypes, takesTools } from "@/flow-kit/stepTypes";
import { objectOf } from "@/forms/schema";
import { useAgain } from "../again/again";
import { StepAgain } from "../again/StepAgain";
import { withAskedTitles } from "../asked";

import { Changes } from "../Changes";
import { useUsedApps } from "../calls";
import { LastResult } from "../LastResult";
import { stepAt } from "../paths";
import { PinNote } from "../pins/PinNote";
import { Replies } from "../Replies";
import { resultWords } from "../resultWords";
import { useRun } from "../runStore";
import { WaitNote } from "../waits/RunWaits";

export interface TracedResultProps {
  node: GraphNode;
  type: StepType;
  types: StepTypes;
  title: string;
}

/** What came into a step and what came out, in the round that is looked at. */
export function TracedResult({ node, type, types, title }: TracedResultProps) {
  const { i18n } = useTranslation("runs");
  const path = useRun((view) => view.paths.get(node.id) ?? node.id);
  const step = useRun((view) => view.run.steps[path]);
  const run = useRun((view) => view.runId);
  const isPaused = useRun((view) => view.run.isPaused);
  const shown = useRun((view) => view.shown.get(node.id));
  const used = useUsedApps();
  const words = useMemo(
    () => withAskedTitles(resultWords(type, type.output, i18n.language), node, types, used),
    [node, type, types, used, i18n.language],
  );
  const again = useAgain();
  // Sample data belongs to the app itself, not to those that it uses.
  const isOwn = again && stepAt(again.graph, path) !== undefined;
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
      {isOwn && <PinNote workflow={again.workflow} step={node.id} title={title} words={words} />}
      <LastResult
        step={step}
        shown={shown}
        {...words}
        actions={<StepAgain path={path} type={type} title={title} step={step} words={words} />}
      />
      {takesTools(type) && <Replies path={path} />}
      <Changes path={path} />
    </>
  );
}
