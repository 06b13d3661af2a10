import clsx from "clsx";
import { CircleAlert, RotateCcw } from "lucide-react";
import { lazy, memo, type ReactNode, Suspense, useMemo, useRef } from "react";
import css from "./Bubble.module.css";
import { doingWords } from "./doing";
import { FilesAlong, type FileWay } from "./FilesAlong";
import { Rate, type RateProps } from "./Rate";
import { openSource, Sources } from "./Sources";
import type { ChatMessage, ChatSource, ChatStatus, ChatWords } from "./types";

const loadMarkdown = () => import("./Markdown");
const Markdown = lazy(loadMarkdown);

/** Fetches the markdown renderer ahead of the first answer. */
export function preloadMarkdown(): void {
  void loadMarkdown();
}

export interface BubbleProps {
  message: ChatMessage;
  words: ChatWords;
  /** Offered on a failed reply. */
  onRetry?: () => void;
  /** What mends it, beside that. */
  remedy?: ReactNode;
  /** The way to a source's place in its document, where the reader may go there. */
  sourceLink?: (source: ChatSource) => ReactNode;
  /** How a file can be had. */
  fileWay?: FileWay;
  /** Keeps what the reader thinks of a reply. Left away where nobody asks. */
  onRate?: RateProps["onRate"];
}

/** What is said of a reply that has no words yet. */
const GOING: Partial<Record<ChatStatus, "queued" | "thinking" | "waiting" | "paused">> = {
  queued: "queued",
  streaming: "thinking",
  waiting: "waiting",
  paused: "paused",
};

/** One message. What a person wrote is shown as written; a reply is markdown. */
export const Bubble = memo(function Bubble({
  message,
  words,
  onRetry,
  remedy,
  sourceLink,
  fileWay,
  onRate,
}: BubbleProps) {
  const reply = useRef<HTMLDivElement>(null);
  const count = message.sources?.length ?? 0;
  const marks = useMemo(
    () => ({
      count,
      label: (n: number) => words.source.replace("{n}", String(n)),
      onOpen: (n: number) => openSource(reply.current, n),
    }),
    [count, words],
  );
  if (message.role === "user") {
    return (
      <div className={clsx(css.bubble, css.user)}>
        <span className="visually-hidden">{words.you}: </span>
        {message.text}
      </div>
    );
  }
  const { text, status = "done", error, doing = [] } = message;
  const going = GOING[status];
  const isBusy = going !== undefined;
  const atWork = status === "streaming" ? doingWords(doing, words) : null;

  return (
    <div ref={reply} className={css.reply} data-role="reply" aria-busy={isBusy || undefined}>
      {(text || going) && (
        <div className={clsx(css.bubble, css.app)}>
          <span className="visually-hidden">{words.app}: </span>
          {going && !text ? (
            <span className={css.waiting} role={atWork ? "status" : undefined}>
              <span className={css.dot} aria-hidden="true" />
              {atWork ?? words[going]}
            </span>
          ) : (
            <Suspense fallback={<div className={css.plain}>{text}</div>}>
              <Markdown text={text} marks={marks} />
            </Suspense>
          )}
        </div>
      )}
      {text && atWork && (
        <p className={clsx(css.waiting, css.atWork)} role="status">
          <span className={css.dot} aria-hidden="true" />
          {atWork}
        </p>
      )}
      {!isBusy && fileWay && message.files && message.files.length > 0 && (
        <FilesAlong files={message.files} words={words} way={fileWay} />
      )}
      {!isBusy && text && message.sources && message.sources.length > 0 && (
        <Sources sources={message.sources} words={words} link={sourceLink} />
      )}
      {onRate && status === "done" && text && message.run && (
        <Rate key={message.run} message={message} words={words.rate} onRate={onRate} />
      )}
      {status === "stopped" && <p className={css.note}>{words.stopped}</p>}
      {status === "done" && !text && <p className={css.note}>{words.noReply}</p>}
      {status === "failed" && (
        <div className={css.failed}>
          <CircleAlert className={css.icon} aria-hidden="true" />
          <div className={css.why}>
            <p className={css.what}>{error?.message}</p>
            {error?.hint && <p>{error.hint}</p>}
            {error?.details && (
              <details className={css.details}>
                <summary>{words.details}</summary>
                <p>{error.details}</p>
              </details>
            )}
            {(onRetry || remedy) && (
              <div className={css.next}>
                {remedy}
                {onRetry && (
                  <button type="button" className={css.retry} onClick={onRetry}>
                    <RotateCcw aria-hidden="true" />
                    {words.retry}
                  </button>
                )}
              </div>
            )}
          </div>
        </div>
      )}
    </div>
  );
});
