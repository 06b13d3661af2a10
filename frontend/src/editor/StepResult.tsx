import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { GraphNode } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { type StepType, takesTools, titleOf } from "@/flow-kit/stepTypes";
import { homeOf } from "@/flow-kit/tree";
import { objectOf } from "@/forms/schema";
import { StepAgain } from "@/runs/again/StepAgain";
import { withAskedTitles } from "@/runs/asked";
import { Changes } from "@/runs/Changes";
import { LastResult } from "@/runs/LastResult";
import { PinNote } from "@/runs/pins/PinNote";
import { Replies } from "@/runs/Replies";
import { RoundSwitch } from "@/runs/RoundSwitch";
import { resultWords } from "@/runs/resultWords";
import { useRun } from "@/runs/runStore";
import { WaitNote } from "@/runs/waits/RunWaits";
import { CalledResult, useCalled } from "./CalledResult";
import { useDraft, useEditor } from "./context";
import css from "./StepPanel.module.css";

/** What happened in a step in the last run, and what can be done with that. */
export default function StepResult({ node, type }: { node: GraphNode; type: StepType }) {
  const { i18n } = useTranslation("editor");
  const { types, workflow } = useEditor();
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const path = useRun((s) => s.paths.get(node.id) ?? node.id);
  const step = useRun((s) => s.run.steps[path]);
  const shown = useRun((s) => s.shown.get(node.id));
  const runId = useRun((s) => s.runId);
  const isPaused = useRun((s) => s.run.isPaused);
  const output = shapes[node.id]?.output ?? type.output;
  const called = useCalled(node.id);
  const used = called.query.data;
  const words = useMemo(
    () => withAskedTitles(resultWords(type, output, i18n.language), called.node, types, used),
    [type, output, types, called.node, used, i18n.language],
  );
  const title = titleOf(node, types, i18n.language);
  return (
    <>
      <RoundsAround steps={[...homeOf(graph, node.id), node.id]} />
      {runId && step?.status === "waiting" && step.wait && (
        <div className={css.wait}>
          <WaitNote
            runId={runId}
            wait={step.wait}
            title={title}
            isPaused={isPaused}
            givesText={"text" in objectOf(output.properties)}
          />
        </div>
      )}
      <PinNote workflow={workflow} step={node.id} title={title} words={words} />
      <LastResult
        step={step}
        shown={shown}
        {...words}
        actions={<StepAgain path={path} type={type} title={title} step={step} words={words} />}
      />
      {takesTools(type) && <Replies path={path} />}
      <Changes path={path} />
      <CalledResult id={node.id} />
    </>
  );
}

/** Which round of each frame around the step its result is of. */
function RoundsAround({ steps }: { steps: readonly string[] }) {
  const { i18n } = useTranslation("editor");
  const { types, runs } = useEditor();
  const graph = useDraft((s) => s.graph);
  const shown = useRun((s) => s.shown);
  const repeated = steps.flatMap((id) => {
    const rounds = shown.get(id)?.rounds;
    const node = nodeById(graph, id);
    return rounds && node ? [{ id, rounds, title: titleOf(node, types, i18n.language) }] : [];
  });
  if (repeated.length === 0) return null;
  return (
    <div className={css.rounds}>
      {repeated.map(({ id, rounds, title }) => (
        <RoundSwitch key={id} look="full" title={title} rounds={rounds} onChoose={runs.chooseRound} />
      ))}
    </div>
  );
}
