import { CirclePause, Play, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { useMay } from "@/api/may";
import type { RunSummary } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button } from "@/ui";
import css from "./RunWaits.module.css";
import { SettleForm } from "./SettleForm";
import { UNKNOWN } from "./waiting";

export interface RunControlsProps {
  run: string;
  state: RunSummary["state"];
  /** What a person calls the step that the state speaks of. */
  title: string;
  /** The run may stand otherwise now: look again. */
  onChanged: () => void;
}

type Act = "cancel" | "pause" | "resume";

const GOING = new Set(["queued", "working", "recovered", "waiting"]);

/** What a person can do with a run that has not ended: stop it, pause it, let it go on, answer what it asks. */
export function RunControls({ run, state, title, onChanged }: RunControlsProps) {
  const { t } = useTranslation("runs");
  const may = useMay();
  const [busy, setBusy] = useState<Act | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const { kind } = state;
  if (!may.edit || kind === "ended") return null;
  const act = async (what: Act) => {
    setBusy(what);
    setFault(null);
    try {
      await api.runs[what](run);
      onChanged();
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setBusy(null);
    }
  };
  const button = (what: Act, label: string, icon: React.ReactNode) => (
    <Button size="s" icon={icon} busy={busy === what} onClick={() => void act(what)}>
      {label}
    </Button>
  );
  return (
    <div className={css.notes}>
      {state.reason === UNKNOWN && (
        <SettleForm key={state.path} run={run} path={state.path} title={title} onSettled={onChanged} />
      )}
      <div className={css.buttons}>
        {GOING.has(kind) && button("pause", t("waits.pause"), <CirclePause />)}
        {(kind === "paused" || kind === "pausing") && button("resume", t("waits.resume"), <Play />)}
        {kind !== "stopping" && button("cancel", t("waits.stop"), <Square />)}
      </div>
      <FaultBanner error={fault} />
    </div>
  );
}
