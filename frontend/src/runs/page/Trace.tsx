import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import type { Graph, GraphNode } from "@/api/types";
import { nodeById, readingOrder } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf, type StepTypes, startsRun, titleOf } from "@/flow-kit/stepTypes";
import { CalledSteps } from "../CalledSteps";
import { RoundSwitch } from "../RoundSwitch";
import { useRun } from "../runStore";
import { StatusLine } from "../StatusLine";
import css from "./RunPage.module.css";
import { TracedResult } from "./TracedResult";

export interface TraceProps {
  graph: Graph;
  types: StepTypes;
  choose: (container: string, round: number) => void;
  label: string;
}

/** The steps of a run in reading order; those inside a step that repeats are of the round that is chosen. */
export function Trace({ graph, types, choose, label }: TraceProps) {
  const steps = readingOrder(graph, (node) => startsRun(types.get(node.type)));
  return (
    <ol className={css.steps} aria-label={label}>
      {steps.map((id) => {
        const node = nodeById(graph, id);
        return node && <TracedStep key={id} node={node} types={types} choose={choose} />;
      })}
    </ol>
  );
}

interface TracedStepProps extends Pick<TraceProps, "types" | "choose"> {
  node: GraphNode;
}

function TracedStep({ node, types, choose }: TracedStepProps) {
  const { t, i18n } = useTranslation("runs");
  const shown = useRun((view) => view.shown.get(node.id));
  const type = types.get(node.type);
  const title = titleOf(node, types, i18n.language);
  return (
    <li className={css.step}>
      <details>
        <summary className={css.summary}>
          <StepIcon icon={type?.has_icon ? catalogue.iconUrl(type.type) : ""} group={groupOf(type)} />
          <span className={css.title}>{title}</span>
          {shown && <StatusLine step={shown} />}
        </summary>
        <div className={css.result}>
          {type && <TracedResult node={node} type={type} types={types} title={title} />}
        </div>
      </details>
      <CalledSteps node={node} types={types}>
        {(graph, inside) => <Trace graph={graph} types={types} choose={choose} label={inside} />}
      </CalledSteps>
      {node.body && node.body.nodes.length > 0 && (
        <div className={css.inside}>
          {shown?.rounds && <RoundSwitch look="full" title={title} rounds={shown.rounds} onChoose={choose} />}
          <Trace graph={node.body} types={types} choose={choose} label={t("page.inside", { title })} />
        </div>
      )}
    </li>
  );
}
