import type { FormWords } from "../types";
import css from "./AskForm.module.css";

export interface AnswerFirstProps {
  words: FormWords;
  /** The question is the reader's own to answer, and stands in the chat. */
  isOwn: boolean;
}

/** Over the message box while a question waits: why nothing new can be sent, and the way to the question. */
export function AnswerFirst({ words, isOwn }: AnswerFirstProps) {
  return (
    <p className={css.first}>
      <span>{isOwn ? words.ask.first : words.ask.teamFirst}</span>
      {isOwn && (
        <button type="button" className={css.goTo} onClick={goToQuestion}>
          {words.ask.goTo}
        </button>
      )}
    </p>
  );
}

function goToQuestion() {
  const form = document.querySelector<HTMLElement>("form[data-question]");
  form?.scrollIntoView({ block: "center" });
  form?.querySelector<HTMLElement>("input, textarea, select, button")?.focus({ preventScroll: true });
}
