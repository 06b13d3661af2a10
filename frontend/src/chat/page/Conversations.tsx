import clsx from "clsx";
import { SquarePen, X } from "lucide-react";
import type { ReactNode, Ref } from "react";
import css from "./Conversations.module.css";
import type { ConversationSummary } from "./visitorApi";
import { words } from "./words";

export interface ConversationListProps {
  chats: ConversationSummary[];
  current: string | null;
  onChoose: (conversation: string) => void;
  onNew: () => void;
}

/** The visitor's own conversations, the latest first. */
export function ConversationList({ chats, current, onChoose, onNew }: ConversationListProps) {
  return (
    <div className={css.list}>
      <button type="button" className={css.new} onClick={onNew}>
        <SquarePen aria-hidden="true" />
        {words.page.newChat}
      </button>
      <h2 className={css.heading}>{words.page.conversations}</h2>
      {chats.length === 0 ? (
        <p className={css.empty}>{words.page.empty}</p>
      ) : (
        <ul className={css.chats}>
          {chats.map((chat) => (
            <li key={chat.id}>
              <button
                type="button"
                className={clsx(css.chat, chat.id === current && css.current)}
                aria-current={chat.id === current || undefined}
                onClick={() => onChoose(chat.id)}
              >
                {chat.title || words.page.untitled}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The same list where there is no room beside the conversation. The browser's own dialog keeps the focus. */
export function ConversationsDialog({ ref, children }: { ref: Ref<HTMLDialogElement>; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog; the click is the mouse's way to do the same
    <dialog
      ref={ref}
      className={css.dialog}
      aria-label={words.page.conversations}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <form method="dialog" className={css.close}>
        <button type="submit" aria-label={words.page.close} title={words.page.close}>
          <X aria-hidden="true" />
        </button>
      </form>
      {children}
    </dialog>
  );
}
