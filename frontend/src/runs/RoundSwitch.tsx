import { ChevronLeft, ChevronRight, CircleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, NumberField } from "@/ui";
import css from "./RoundSwitch.module.css";
import type { ShownRounds } from "./shown";

export interface RoundSwitchProps {
  /** The step that repeats. */
  title: string;
  rounds: ShownRounds;
  onChoose: (container: string, round: number) => void;
  /** "small" goes into a frame's head; "full" also takes a number. */
  look: "small" | "full";
  /** -1 where Tab must not stop, because the same can be done in another place. */
  tabIndex?: -1;
}

/** Which round of a step that repeats is looked at: *Round 3 of 7*. */
export function RoundSwitch({ title, rounds, onChoose, look, tabIndex }: RoundSwitchProps) {
  const { t } = useTranslation("runs");
  const { path, count, chosen, failed } = rounds;
  // A run goes through its rounds by itself; only what the person chooses is worth being said.
  const [isUsed, setUsed] = useState(false);
  const number = chosen + 1;
  const isFailed = failed.includes(chosen);
  const go = (round: number) => onChoose(path, Math.min(count - 1, Math.max(0, round)));
  const step = (by: 1 | -1) => {
    const label = by < 0 ? t("rounds.before") : t("rounds.after");
    const isEnd = chosen + by < 0 || chosen + by >= count;
    return (
      <IconButton
        className={css.step}
        label={label}
        tabIndex={tabIndex}
        // Not `disabled`: a button that loses its use while it has the focus would lose the focus too.
        aria-disabled={isEnd || undefined}
        onClick={(event) => {
          event.stopPropagation();
          setUsed(true);
          if (!isEnd) go(chosen + by);
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {by < 0 ? <ChevronLeft /> : <ChevronRight />}
      </IconButton>
    );
  };
  const nextFailed = failed.find((round) => round > chosen) ?? failed.find((round) => round !== chosen);
  return (
    // biome-ignore lint/a11y/useSemanticElements: two buttons and a number are not a form's fieldset
    <div className={css.switch} data-look={look} role="group" aria-label={t("rounds.label", { title })}>
      {look === "full" && <span className={css.title}>{t("rounds.of", { title })}</span>}
      {look === "small" && step(-1)}
      {look === "full" ? (
        <span className={css.number}>
          <NumberField
            aria-label={t("rounds.number")}
            value={number}
            min={1}
            max={count}
            onChange={(next) => next !== null && go(Math.round(next) - 1)}
          />
          {t("rounds.ofCount", { count })}
        </span>
      ) : (
        <span
          className={css.words}
          data-failed={isFailed || undefined}
          aria-live={isUsed ? "polite" : undefined}
        >
          {isFailed && <CircleAlert aria-hidden="true" />}
          {isFailed ? t("rounds.failed", { number, count }) : t("rounds.round", { number, count })}
        </span>
      )}
      {look === "small" && step(1)}
      {look === "full" && nextFailed !== undefined && (
        <Button size="s" look="quiet" icon={<CircleAlert />} onClick={() => go(nextFailed)}>
          {t("rounds.showFailed", { count: failed.length })}
        </Button>
      )}
    </div>
  );
}
