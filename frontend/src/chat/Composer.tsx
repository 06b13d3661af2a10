import clsx from "clsx";
import { SendHorizontal, Square } from "lucide-react";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import css from "./Composer.module.css";
import type { ChatWords } from "./types";

export interface ComposerHandle {
  focus: () => void;
  /** Puts text into the box, for the person to change or send. */
  fill: (text: string) => void;
}

export interface ComposerProps {
  words: ChatWords;
  onSend: (text: string) => void;
  /** Offered instead of Send while a reply is under way. */
  onStop?: () => void;
  isRunning?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  className?: string;
  ref?: Ref<ComposerHandle>;
}

/** Where a message is written. Enter sends, Shift+Enter starts a line; Enter that ends an IME word does neither. */
export function Composer({
  words,
  onSend,
  onStop,
  isRunning = false,
  disabled = false,
  autoFocus = false,
  maxLength = 20_000,
  className,
  ref,
}: ComposerProps) {
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const isTooLong = text.length > maxLength;
  const canSend = !isRunning && !disabled && !isTooLong && text.trim() !== "";

  useImperativeHandle(ref, () => ({
    focus: () => box.current?.focus(),
    fill: (filled) => {
      setText(filled);
      box.current?.focus();
    },
  }));

  useEffect(() => {
    if (autoFocus) box.current?.focus({ preventScroll: true });
  }, [autoFocus]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useEffect(() => {
    const area = box.current;
    if (!area || CSS.supports?.("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const send = () => {
    if (!canSend) return;
    setText("");
    onSend(text.trim());
  };

  return (
    <form
      className={clsx(css.composer, className)}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={box}
        className={css.text}
        rows={1}
        value={text}
        disabled={disabled}
        placeholder={words.placeholder}
        aria-label={words.message}
        aria-invalid={isTooLong || undefined}
        enterKeyHint="send"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // keyCode 229: Safari ends the composition before the key arrives.
          if (event.nativeEvent.isComposing || event.keyCode === 229) return;
          if (event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          send();
        }}
      />
      {isRunning && onStop ? (
        <button
          type="button"
          className={clsx(css.button, css.stop)}
          aria-label={words.stop}
          title={words.stop}
          onClick={onStop}
        >
          <Square aria-hidden="true" />
        </button>
      ) : (
        <button
          type="submit"
          className={css.button}
          aria-label={words.send}
          title={words.send}
          aria-disabled={!canSend}
        >
          <SendHorizontal aria-hidden="true" />
        </button>
      )}
      {isTooLong && (
        <p className={css.error} role="alert">
          {words.tooLong}
        </p>
      )}
    </form>
  );
}
