import clsx from "clsx";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { Announcer } from "./Announcer";
import { Bubble, type BubbleProps } from "./Bubble";
import css from "./ChatThread.module.css";
import type { FileWay } from "./FilesAlong";
import { Suggestions } from "./Suggestions";
import type { ChatMessage, ChatSource, ChatWords } from "./types";

export interface ChatThreadProps {
  messages: ChatMessage[];
  words: ChatWords;
  /** Questions to press, shown after the last message while nothing runs. */
  suggestions?: string[];
  onSuggestion?: (text: string) => void;
  /** Sends the question of a failed reply again. */
  onRetry?: (failed: ChatMessage) => void;
  /** What mends the last reply, where it failed. */
  remedy?: ReactNode;
  /** The way to a source's place in its document. Left away where readers only see the passage. Stable. */
  sourceLink?: (source: ChatSource) => ReactNode;
  /** How a file that a reply gave along can be had. Stable. */
  fileWay?: FileWay;
  /** Keeps what the reader thinks of a reply. Stable. */
  onRate?: BubbleProps["onRate"];
  /** Shown while there are no messages: a greeting, an explanation. */
  empty?: ReactNode;
  className?: string;
  /** Shown after the messages: what the app asks now. */
  children?: ReactNode;
}

const NEAR_PX = 48;

/** The messages of one conversation. Stays at the newest unless the person scrolled up. */
export function ChatThread({
  messages,
  words,
  suggestions = [],
  onSuggestion,
  onRetry,
  remedy,
  sourceLink,
  fileWay,
  onRate,
  empty,
  className,
  children,
}: ChatThreadProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const follow = useRef(true);
  const last = messages.at(-1);
  const isRunning = last?.status === "streaming" || last?.status === "queued";

  // The person's own message always brings the thread to its end.
  const newest = last?.role === "user" ? last.id : null;
  useLayoutEffect(() => {
    if (newest) follow.current = true;
  }, [newest]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer thread is what moves its end
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box && follow.current) box.scrollTop = box.scrollHeight;
  }, [messages, suggestions.length, children]);

  const jump = () => {
    follow.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  return (
    <div className={clsx(css.frame, className)}>
      <div
        ref={scroller}
        className={css.thread}
        role="log"
        aria-label={words.thread}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
          follow.current = near;
          setAtEnd(near);
        }}
      >
        <div className={css.messages}>
          {messages.length === 0 && empty}
          {messages.map((message) => (
            <Bubble
              key={message.id}
              message={message}
              words={words}
              sourceLink={sourceLink}
              fileWay={fileWay}
              onRate={onRate}
              onRetry={onRetry && message === last ? () => onRetry(message) : undefined}
              remedy={message === last ? remedy : undefined}
            />
          ))}
          {children}
          {!isRunning && suggestions.length > 0 && onSuggestion && (
            <Suggestions label={words.suggestions} suggestions={suggestions} onChoose={onSuggestion} />
          )}
        </div>
      </div>
      {!isAtEnd && (
        <button
          type="button"
          className={css.newest}
          aria-label={words.newest}
          title={words.newest}
          onClick={jump}
        >
          <ArrowDown aria-hidden="true" />
        </button>
      )}
      <Announcer messages={messages} />
    </div>
  );
}
