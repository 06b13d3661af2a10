import { Pin, Play, StepForward } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { FaultBanner } from "@/faults/FaultBanner";
import type { StepType } from "@/flow-kit/stepTypes";
import { Button, ConfirmDialog, toast } from "@/ui";
import { isOver, type StepRun } from "../fold";
import { givenBy } from "../handled";
import { stepAt } from "../paths";
import { usePins } from "../pins/usePins";
import type { ResultWords } from "../resultWords";
import { useRun } from "../runStore";
import { wholeOf } from "../whole";
import css from "./Again.module.css";
import { type Again, useAgain } from "./again";
import { ForkDialog } from "./ForkDialog";
import { spanOf } from "./span";
import { useFork } from "./useFork";

export interface StepAgainProps {
  /** Where in the run the step is. */
  path: string;
  type: StepType;
  title: string;
  step: StepRun | undefined;
  words: ResultWords;
}

/** What a person can do with what happened in a step: go on from it, run it alone, keep its result as a sample. */
export function StepAgain(props: StepAgainProps) {
  const may = useMay();
  const again = useAgain();
  const isEnded = useRun((view) => isOver(view.run.status));
  if (!may.edit || !again || !isEnded || !props.step) return null;
  return <Buttons {...props} step={props.step} again={again} />;
}

function Buttons(props: StepAgainProps & { step: StepRun; again: Again }) {
  const { t } = useTranslation("runs");
  const { path, type, title, step, again } = props;
  const run = useRun((view) => view.run);
  const fork = useFork(useRun((view) => view.runId));
  const [isOpen, setOpen] = useState(false);
  const [isAsking, setAsking] = useState(false);
  // What is not drawn any more cannot be gone on from.
  if (!spanOf({ ...again, run }, path)) return null;
  const runAlone = async () => {
    if (await fork.start(path, { only: true })) setAsking(false);
  };
  const actsOutside = () => (spanOf({ ...again, run }, path, { only: true })?.sent.length ?? 0) > 0;
  return (
    <>
      <div className={css.buttons}>
        <Button size="s" icon={<StepForward />} onClick={() => setOpen(true)}>
          {t("again.fromHere")}
        </Button>
        {!type.starts && (
          <Button
            size="s"
            icon={<Play />}
            busy={fork.isStarting}
            onClick={() => (actsOutside() ? setAsking(true) : void runAlone())}
          >
            {t("again.only")}
          </Button>
        )}
        {isSample(props) && <KeepButton {...props} />}
      </div>
      <FaultBanner error={fork.fault} />
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("again.onceMore", { step: title })}
        description={t("again.onceMoreHelp")}
        action={t("again.only")}
        danger={false}
        busy={fork.isStarting}
        onConfirm={() => void runAlone()}
      />
      {isOpen && <ForkDialog {...props} step={step} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Only what a step of the app itself has given can be kept: what begins a run is asked for anew each time. */
const isSample = ({ path, type, step, again }: StepAgainProps & { step: StepRun; again: Again }): boolean =>
  step.status === "succeeded" &&
  step.given !== "sample" &&
  !type.starts &&
  !type.ends_loop &&
  !type.ends_run &&
  stepAt(again.graph, path) !== undefined;

function KeepButton({ path, title, step, again }: StepAgainProps & { step: StepRun; again: Again }) {
  const { t } = useTranslation("runs");
  const run = useRun((view) => view.runId);
  const { pins, keep } = usePins(again.workflow);
  const [isKeeping, setKeeping] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const id = stepAt(again.graph, path)?.id ?? "";
  const keepIt = async () => {
    setKeeping(true);
    setFault(null);
    try {
      await keep(id, { output: await wholeOf(run ?? "", givenBy(step)), port: step.port, from_run: run });
      toast.done(t("pins.kept", { step: title }));
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setKeeping(false);
    }
  };
  return (
    <>
      <Button size="s" icon={<Pin />} busy={isKeeping} onClick={() => void keepIt()}>
        {t(pins[id] ? "pins.keepInstead" : "pins.keep")}
      </Button>
      <FaultBanner error={fault} />
    </>
  );
}
