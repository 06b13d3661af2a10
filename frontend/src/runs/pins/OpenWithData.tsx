import { useQuery } from "@tanstack/react-query";
import { PencilRuler } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { workflowQuery } from "@/api/queries";
import type { GraphNode, RunDetail } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { nodeById, readingOrder } from "@/flow-kit/graph";
import { type StepTypes, startsRun, titleOf } from "@/flow-kit/stepTypes";
import { Button, Dialog, Loading, Switch, useUiWords } from "@/ui";
import { isOver } from "../fold";
import { useRun } from "../runStore";
import { wholeOf } from "../whole";
import css from "./Pins.module.css";
import { usePins } from "./usePins";

export interface OpenWithDataProps {
  run: Pick<RunDetail, "id" | "workflow_id" | "graph" | "query">;
  types: StepTypes;
}

/** *Open in editor with this data*: results of this run become sample data, and the message waits to be sent again. */
export function OpenWithData(props: OpenWithDataProps) {
  const { t } = useTranslation("runs");
  const [isOpen, setOpen] = useState(false);
  const isEnded = useRun((view) => isOver(view.run.status));
  if (!isEnded) return null;
  return (
    <>
      <Button size="s" icon={<PencilRuler />} onClick={() => setOpen(true)}>
        {t("pins.open")}
      </Button>
      {isOpen && <Choice {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Choice({ run, types, onClose }: OpenWithDataProps & { onClose: () => void }) {
  const { t, i18n } = useTranslation("runs");
  const ui = useUiWords();
  const navigate = useNavigate();
  const { keep } = usePins(run.workflow_id);
  const { data: app, error } = useQuery({ ...workflowQuery(run.workflow_id), staleTime: 0 });
  const steps = useRun((view) => view.run.steps);
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);

  const offered = readingOrder(run.graph, (node) => startsRun(types.get(node.type))).flatMap((id) => {
    const node = nodeById(run.graph, id);
    const step = steps[id];
    const isThere = app && nodeById(app.graph, id)?.type === node?.type;
    return node && step?.status === "succeeded" && isThere && mayStand(node, types) ? [{ node, step }] : [];
  });
  const isWanted = (node: GraphNode) => changed.get(node.id) ?? isWorth(node, types);
  const wanted = offered.filter(({ node }) => isWanted(node));
  const open = async () => {
    setBusy(true);
    setFault(null);
    try {
      for (const { node, step } of wanted)
        await keep(node.id, {
          output: await wholeOf(run.id, step.output),
          port: step.port,
          from_run: run.id,
        });
      await navigate(`/apps/${run.workflow_id}/build`, { state: { message: run.query } });
    } catch (thrown) {
      setFault(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("pins.open")}
      description={t("pins.openHelp")}
      footer={
        <>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button look="primary" busy={isBusy} disabled={!app} onClick={() => void open()}>
            {t("pins.openNow", { count: wanted.length })}
          </Button>
        </>
      }
    >
      <div className={css.list}>
        {!app && !error && <Loading label={t("pins.open")} lines={3} />}
        {app && offered.length === 0 && <p>{t("pins.openNothing")}</p>}
        {offered.map(({ node }) => (
          <Switch
            key={node.id}
            checked={isWanted(node)}
            onChange={(next) => setChanged((now) => new Map(now).set(node.id, next))}
            label={titleOf(node, types, i18n.language)}
          />
        ))}
        <FaultBanner error={error ?? fault} />
      </div>
    </Dialog>
  );
}

const mayStand = (node: GraphNode, types: StepTypes): boolean => {
  const type = types.get(node.type);
  return type !== undefined && !type.starts && !type.ends_loop && !type.ends_run && !type.answers;
};

/** Steps that take time, cost something or act outside; the rest is as well run again. */
const isWorth = (node: GraphNode, types: StepTypes): boolean =>
  node.body !== null || types.get(node.type)?.effects !== "none";
