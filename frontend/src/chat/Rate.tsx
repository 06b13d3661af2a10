import clsx from "clsx";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import css from "./Rate.module.css";
import type { ChatMessage, ChatWords, Rated } from "./types";

const LONGEST_REASON = 500;

export interface RateProps {
  message: ChatMessage;
  words: ChatWords["rate"];
  /** Keeps what the reader thinks; null takes it back. */
  onRate: (message: ChatMessage, rating: Rated | null, reason: string) => Promise<void>;
}

/** Two thumbs under a reply. A bad one may be given a reason; pressing one again takes it back. */
export function Rate({ message, words, onRate }: RateProps) {
  const [rating, setRating] = useState<Rated | null>(message.rating ?? null);
  const [step, setStep] = useState<"" | "why" | "thanks" | "failed">("");
  const why = useId();

  const put = async (next: Rated | null, reason: string, then: typeof step) => {
    const before = rating;
    setRating(next);
    setStep(then);
    try {
      await onRate(message, next, reason);
    } catch {
      setRating(before);
      setStep("failed");
    }
  };
  const press = (thumb: Rated) => {
    if (rating === thumb) void put(null, "", "");
    else void put(thumb, "", thumb === "bad" ? "why" : "thanks");
  };
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void put("bad", String(new FormData(event.currentTarget).get("reason") ?? "").trim(), "thanks");
  };

  return (
    <div className={css.rate}>
      <div className={css.thumbs}>
        {(["good", "bad"] as const).map((thumb) => (
          <button
            key={thumb}
            type="button"
            className={clsx(css.thumb, rating === thumb && css.chosen)}
            aria-pressed={rating === thumb}
            aria-label={words[thumb]}
            title={words[thumb]}
            onClick={() => press(thumb)}
          >
            {thumb === "good" ? <ThumbsUp aria-hidden="true" /> : <ThumbsDown aria-hidden="true" />}
          </button>
        ))}
        <span className={css.said} role="status">
          {step === "thanks" && words.thanks}
          {step === "failed" && words.failed}
        </span>
      </div>
      {step === "why" && (
        <form className={css.why} onSubmit={send}>
          <label htmlFor={why}>{words.why}</label>
          <textarea id={why} name="reason" rows={2} maxLength={LONGEST_REASON} />
          <div className={css.buttons}>
            <button type="submit" className={css.button}>
              {words.send}
            </button>
            <button type="button" className={css.button} onClick={() => setStep("thanks")}>
              {words.skip}
            </button>
          </div>
        </form>
      )}
    </div>
  );
}
