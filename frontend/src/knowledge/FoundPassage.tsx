import clsx from "clsx";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { FoundPassage as Found } from "@/api/types";
import { bestSentence } from "./highlight";
import { addressOf } from "./place";
import { sureness } from "./sure";
import css from "./Tester.module.css";

interface FoundPassageProps {
  passage: Found;
  question: string;
  /** Its score is what a model said that put the passages in order. */
  isRanked: boolean;
}

/** A passage that was found: where it stands, how sure the search (or a model) is, and the sentence that fits the question best. */
export function FoundPassage({ passage, question, isRanked }: FoundPassageProps) {
  const { t, i18n } = useTranslation("knowledge");
  const { text, heading, page, document, document_id, knowledge_id, chunk_id, score } = passage;
  const best = useMemo(() => bestSentence(text, question, i18n.language), [text, question, i18n.language]);
  const sure = sureness(score);
  const percent = Math.round(score * 100);
  return (
    <article className={css.found}>
      <header className={css.where}>
        <h3 className={css.document}>{document}</h3>
        <p className={css.quiet}>
          {[heading, page && t("document.page", { page })].filter(Boolean).join(" · ")}
        </p>
      </header>
      <p className={css.text}>
        {best ? (
          <>
            {text.slice(0, best.start)}
            <mark>{text.slice(best.start, best.end)}</mark>
            {text.slice(best.end)}
          </>
        ) : (
          text
        )}
      </p>
      <footer className={css.foot}>
        <span className={css.sure}>
          <span className={css.track} aria-hidden="true">
            <span className={clsx(css.bar, css[sure])} style={{ inlineSize: `${percent}%` }} />
          </span>
          <span>
            {isRanked
              ? t("tester.relevant", { word: t(`tester.relevantWord.${sure}`) })
              : t("tester.sure", { word: t(`tester.sureWord.${sure}`) })}
          </span>
        </span>
        <Link to={addressOf(knowledge_id, { document: document_id, chunk: chunk_id })}>
          {t("tester.open")}
        </Link>
      </footer>
    </article>
  );
}
