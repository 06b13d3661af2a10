import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  Clock,
  History,
  Loader,
  Pencil,
  Pin,
  RotateCcw,
  ShieldCheck,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { clock } from "@/i18n/time";
import type { Given } from "./fold";
import css from "./StatusLine.module.css";
import type { ShownKind, ShownStep } from "./shown";
import { UNKNOWN } from "./waits/waiting";

const ICONS: Record<ShownKind, typeof Clock> = {
  running: Loader,
  retrying: RotateCcw,
  waiting: Clock,
  done: CircleCheck,
  failed: CircleAlert,
  handled: ShieldCheck,
  skipped: CircleDashed,
  stopped: CircleSlash,
};

const GIVEN: Record<Given, typeof Clock> = { before: History, sample: Pin, set: Pencil };

/** How a step went: icon, word, time and tokens. */
export function StatusLine({ step }: { step: ShownStep }) {
  const words = useStatusWords();
  const Icon = step.reason === UNKNOWN ? CircleHelp : isGiven(step) ? GIVEN[step.given] : ICONS[step.kind];
  return (
    <span
      className={css.line}
      data-kind={step.kind}
      data-given={step.given ?? undefined}
      data-pulsing={step.isPulsing || undefined}
      data-asking={step.reason === UNKNOWN || undefined}
    >
      <Icon aria-hidden="true" />
      <span className={css.words}>{words(step)}</span>
    </span>
  );
}

const isGiven = (step: ShownStep): step is ShownStep & { given: Given } =>
  step.given !== null && (step.kind === "done" || step.kind === "handled");

/** *Done · 1.2 s · 340 tokens*, in the reader's language. */
export function useStatusWords(): (step: ShownStep) => string {
  const { t, i18n } = useTranslation("runs");
  const roundWords = ({ progress, rounds, kind }: ShownStep): string => {
    if (progress?.total != null) return t("progress.of", { done: progress.done, total: progress.total });
    if (progress && kind === "running") return t("progress.done", { count: progress.done });
    return rounds ? t("progress.rounds", { count: rounds.count }) : "";
  };
  return (step) => {
    const isAsking = step.reason === UNKNOWN;
    if (isGiven(step)) return t(`status.given.${step.given}`);
    const parts: string[] = [
      isAsking
        ? t("status.asking")
        : step.kind === "handled"
          ? t(`status.handled.${step.reason === "default" ? "default" : "port"}`)
          : t(`status.${step.kind}`),
    ];
    if (step.kind === "running" && step.attempt > 1) parts.push(t("attempt", { number: step.attempt }));
    const rounds = roundWords(step);
    if (rounds) parts.push(rounds);
    if (step.elapsedMs !== null && step.kind !== "running")
      parts.push(t("seconds", { value: seconds(step.elapsedMs, i18n.language) }));
    if (step.tokens !== null) parts.push(t("tokens", { count: step.tokens }));
    const again = step.takenAgain;
    if (again) {
      parts.push(
        again.count < again.of
          ? t("takenAgain.some", { taken: again.count, of: again.of })
          : t("takenAgain.all", { time: clock(again.since, i18n.language) }),
      );
    }
    const failed = step.rounds?.failed.length ?? 0;
    if (failed > 0) parts.push(t("progress.failed", { count: failed }));
    return parts.join(" · ");
  };
}

/** Seconds with one decimal, from ten on without. */
export function seconds(ms: number, language: string): string {
  const digits = ms < 10_000 ? 1 : 0;
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(ms / 1000);
}
