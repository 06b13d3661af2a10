import clsx from "clsx";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { Button } from "./Button";
import css from "./Dialog.module.css";
import { useUiWords } from "./words";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons at the end; the primary one last. */
  footer?: ReactNode;
  size?: "m" | "l";
  /** What has the focus at first, by CSS; without it, what comes first. */
  focuses?: string;
  /** At the side of the screen and as high as it, for what one works through beside the page. */
  isSide?: boolean;
  /** Says whether Escape is for something inside that is open. */
  needsEscape?: () => boolean;
}

/** A modal: traps and gives back focus, closes on Escape and on a click beside it. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = "m",
  focuses,
  isSide = false,
  needsEscape,
}: DialogProps) {
  const words = useUiWords();
  const opener = useRef<HTMLElement | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={css.scrim} />
        <Radix.Content
          className={clsx(css.dialog, size === "l" && css.large, isSide && css.side)}
          onEscapeKeyDown={(event) => needsEscape?.() && event.preventDefault()}
          onOpenAutoFocus={(event) => {
            opener.current = focusedBefore();
            const dialog = event.currentTarget;
            const first =
              focuses && dialog instanceof HTMLElement ? dialog.querySelector<HTMLElement>(focuses) : null;
            if (!first) return;
            event.preventDefault();
            first.focus({ preventScroll: true });
          }}
          // There is no Radix trigger to give the focus back to; and nothing is taken from what has it by now.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (document.activeElement === document.body) opener.current?.focus({ preventScroll: true });
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className={css.head}>
            <Radix.Title className={css.title}>{title}</Radix.Title>
            <Radix.Close className={css.close} aria-label={words.close}>
              <X aria-hidden="true" />
            </Radix.Close>
          </header>
          {description && <Radix.Description className={css.description}>{description}</Radix.Description>}
          <Body>{children}</Body>
          {footer && <footer className={css.foot}>{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const PRESSED = "a[href], button, input, select, textarea, [tabindex], [contenteditable]";

/** What is longer than the screen and holds nothing to press is a stop of the Tab key, so that keys scroll it. */
function Body({ children }: { children: ReactNode }) {
  const [isStop, setStop] = useState(false);
  const watch = useCallback((body: HTMLDivElement) => {
    const look = () => setStop(body.scrollHeight > body.clientHeight && body.querySelector(PRESSED) === null);
    const watching = new MutationObserver(look);
    watching.observe(body, { childList: true, subtree: true });
    look();
    return () => watching.disconnect();
  }, []);
  return (
    <div className={css.body} ref={watch} tabIndex={isStop ? 0 : undefined}>
      {children}
    </div>
  );
}

/** What has the focus, or for an item of a menu, which is about to go, the button that opened the menu. */
function focusedBefore(): HTMLElement | null {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const menu = focused?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return menu ? document.getElementById(menu) : focused;
}

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description: ReactNode;
  /** What else there is to know before. */
  children?: ReactNode;
  /** The verb: "Delete", not "OK". */
  action: ReactNode;
  onConfirm: () => void;
  busy?: boolean;
  danger?: boolean;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({
  action,
  onConfirm,
  busy,
  danger = true,
  onOpenChange,
  ...rest
}: ConfirmDialogProps) {
  const words = useUiWords();
  return (
    <Dialog
      onOpenChange={onOpenChange}
      {...rest}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{words.cancel}</Button>
          <Button look={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    />
  );
}
