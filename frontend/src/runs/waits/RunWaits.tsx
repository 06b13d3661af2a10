import { Play } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { FaultBanner } from "@/faults/FaultBanner";
import { moment } from "@/i18n/time";
import { Banner, Button } from "@/ui";
import { isOver, type RunState, type Wait } from "../fold";
import { ASKS, askOf, EVENT } from "./asking";
import css from "./RunWaits.module.css";
import type { Pause } from "./usePause";
import { UNKNOWN, waitsOf } from "./waiting";

// Few runs wait for a person, and the forms for that are large.
const CallbackAddress = lazy(async () => ({ default: (await import("./AnswerLink")).CallbackAddress }));
const MemberAsk = lazy(async () => ({ default: (await import("./MemberAsk")).MemberAsk }));
const SettleForm = lazy(async () => ({ default: (await import("./SettleForm")).SettleForm }));

export interface RunWaitsProps {
  runId: string;
  run: RunState;
  pause: Pause;
  /** What a person calls the step at a path; "" for one that is not drawn here. */
  titleOf: (path: string) => string;
}

/** Why a run does not go on by itself, and what a person can do about it. Nothing while it does. */
export function RunWaits({ runId, run, pause, titleOf }: RunWaitsProps) {
  const { t } = useTranslation("runs");
  if (isOver(run.status)) return null;
  const waits = waitsOf(run);
  const isPausing = pause.state === "pausing" || pause.state === "paused" || pause.state === "resuming";
  if (!isPausing && waits.length === 0 && !pause.fault) return null;
  return (
    <div className={css.notes}>
      <FaultBanner error={pause.fault} />
      {isPausing && (
        <Banner
          title={t(pause.state === "pausing" ? "waits.pausing" : "waits.paused")}
          actions={
            <Button size="s" icon={<Play />} busy={pause.state === "resuming"} onClick={pause.resume}>
              {t("waits.resume")}
            </Button>
          }
        >
          {t(pause.state === "pausing" ? "waits.pausingHelp" : "waits.pausedHelp")}
        </Banner>
      )}
      {waits.map((wait) => (
        <WaitNote
          key={wait.path}
          runId={runId}
          wait={wait}
          title={titleOf(wait.path) || wait.title || wait.path}
          isPaused={run.isPaused}
        />
      ))}
    </div>
  );
}

export interface WaitNoteProps {
  runId: string;
  wait: Wait;
  title: string;
  isPaused: boolean;
  /** The step gives a text, which a person may know. */
  givesText?: boolean;
}

/** What one step waits for. */
export function WaitNote({ runId, wait, title, isPaused, givesText }: WaitNoteProps) {
  const { t, i18n } = useTranslation("runs");
  const may = useMay();
  if (wait.reason === UNKNOWN)
    return (
      <Suspense>
        <SettleForm run={runId} path={wait.path} title={title} isPaused={isPaused} givesText={givesText} />
      </Suspense>
    );
  if (wait.reason === ASKS) {
    const ask = askOf(wait.path, wait.about, wait.since, wait.until);
    return (
      <Suspense>
        <MemberAsk run={runId} ask={{ ...ask, title }} />
      </Suspense>
    );
  }
  const until = wait.until && moment(wait.until, i18n.language);
  if (until && wait.reason === "time") return <Banner>{t("waits.time", { step: title, until })}</Banner>;
  return (
    <Banner>
      {until ? t("waits.eventUntil", { step: title, until }) : t("waits.event", { step: title })}
      {may.edit && wait.reason === EVENT && (
        <Suspense>
          <CallbackAddress run={runId} path={wait.path} />
        </Suspense>
      )}
    </Banner>
  );
}
