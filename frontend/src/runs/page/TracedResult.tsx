import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { GraphNode } from "@/api/types";
import type { StepType } from "@/flow-kit/stepTypes";
import { LastResult } from "../LastResult";
import { resultWords } from "../resultWords";
import { useRun } from "../runStore";

/** What came into a step and what came out, in the round that is looked at. */
export function TracedResult({ node, type }: { node: GraphNode; type: StepType }) {
  const { i18n } = useTranslation("runs");
  const step = useRun((view) => view.run.steps[view.paths.get(node.id) ?? node.id]);
  const shown = useRun((view) => view.shown.get(node.id));
  const words = useMemo(() => resultWords(type, type.output, i18n.language), [type, i18n.language]);
  return <LastResult step={step} shown={shown} {...words} />;
}
