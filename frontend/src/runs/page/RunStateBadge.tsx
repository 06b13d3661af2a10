import {
  CircleAlert,
  CircleCheck,
  CirclePause,
  CircleSlash,
  Clock,
  Hourglass,
  Loader,
  RotateCcw,
  TriangleAlert,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "@/api/types";
import { ago, moment as momentOf } from "@/i18n/time";
import { Badge } from "@/ui";
import type { BadgeProps } from "@/ui/Badge";

/** What the list and the page of a run both know of it. */
export type RunInList = Pick<RunSummary, "status" | "state" | "recoveries">;

type Look = { tone: BadgeProps["tone"]; Icon: typeof Clock };

const GOING: Record<Exclude<RunInList["state"]["kind"], "ended">, Look> = {
  queued: { tone: "neutral", Icon: Hourglass },
  working: { tone: "info", Icon: Loader },
  stopping: { tone: "neutral", Icon: CircleSlash },
  pausing: { tone: "neutral", Icon: CirclePause },
  paused: { tone: "warn", Icon: CirclePause },
  waiting: { tone: "warn", Icon: Clock },
  recovered: { tone: "info", Icon: RotateCcw },
  stuck: { tone: "bad", Icon: TriangleAlert },
};

const ENDED: Partial<Record<RunInList["status"], Look>> = {
  succeeded: { tone: "ok", Icon: CircleCheck },
  cancelled: { tone: "neutral", Icon: CircleSlash },
};

const BAD: Look = { tone: "bad", Icon: CircleAlert };

/** How a run stands, in one word. */
export function RunStateBadge({ run }: { run: RunInList }) {
  const { t } = useTranslation("runs");
  const { kind } = run.state;
  const { tone, Icon } = kind === "ended" ? (ENDED[run.status] ?? BAD) : GOING[kind];
  return (
    <Badge tone={tone} icon={<Icon />}>
      {kind === "ended" ? t(`ended.${run.status}`) : t(`state.${kind}`)}
    </Badge>
  );
}

/** Why the run stands where it stands, in a sentence; "" where there is nothing to explain. */
export function useReason({ state, recoveries }: RunInList, drawn = ""): string {
  const { t, i18n } = useTranslation("runs");
  const time = (iso: string | null) => (iso ? ago(iso, i18n.language) : "");
  const since = time(state.since);
  const until = time(state.until);
  const step = drawn || state.title;
  const moment = state.until ? momentOf(state.until, i18n.language) : "";
  if (state.kind === "ended") return recoveries > 0 ? t("reason.wasRecovered", { count: recoveries }) : "";
  if (state.kind === "paused") return t("reason.paused", { since });
  if (state.kind === "recovered") return t("reason.recovered");
  switch (state.reason) {
    case "behind":
      return t("reason.behind");
    case "no_worker":
      return t("reason.noWorker", { since });
    case "worker_gone":
      return t("reason.workerGone");
    case "outcome_unknown":
      return step ? t("reason.outcomeUnknownAt", { step }) : t("reason.outcomeUnknown");
    case "ask_human":
      if (moment)
        return step
          ? t("reason.askHumanAtUntil", { step, until: moment })
          : t("reason.askHumanUntil", { until: moment });
      return step ? t("reason.askHumanAt", { step }) : t("reason.askHuman");
    case "time":
      return step ? t("reason.timeAt", { step, until: moment }) : t("reason.time", { until: moment });
    case "event":
      if (step && moment) return t("reason.eventAtUntil", { step, until: moment });
      return step ? t("reason.eventAt", { step }) : t("reason.event");
    default:
      return state.kind === "waiting" && until ? t("reason.until", { until }) : "";
  }
}
