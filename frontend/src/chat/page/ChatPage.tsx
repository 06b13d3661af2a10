import { Menu, NotebookText, SquarePen, X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { asApiError } from "@/api/errors";
import type { Json } from "@/api/types";
import { AnswerFirst } from "../ask/AnswerFirst";
import { AskForm, TeamIsAsked } from "../ask/AskForm";
import { preloadMarkdown } from "../Bubble";
import { ChatThread } from "../ChatThread";
import { Composer } from "../Composer";
import css from "./ChatPage.module.css";
import { ConversationList, ConversationsDialog } from "./Conversations";
import { isFramed } from "./framed";
import { asksForFiles, InputsForm, needsInputs } from "./InputsForm";
import { givenBefore, wholeBefore } from "./inputs";
import { MemoriesDialog } from "./Memories";
import { ProblemView } from "./ProblemView";
import type { Place } from "./place";
import { useThread } from "./useThread";
import type { AboutApp, ConversationSummary, VisitorApi } from "./visitorApi";
import { language, loadExplain, words } from "./words";

const explain = loadExplain();

async function explainThrown(thrown: unknown): Promise<string> {
  const { message, hint } = (await explain)(asApiError(thrown)) ?? { message: "" };
  return `${message} ${hint ?? ""}`.trim();
}

export interface ChatPageProps {
  api: VisitorApi;
  place: Place;
  /** In a frame: takes the chat away. */
  onClose?: () => void;
}

/** The public page of a published app: one conversation, and the visitor's earlier ones beside it. */
export function ChatPage({ api, place, onClose }: ChatPageProps) {
  const [about, setAbout] = useState<AboutApp | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [chats, setChats] = useState<ConversationSummary[]>([]);
  const [inputs, setInputs] = useState<Record<string, Json> | null>(null);
  // Once there was something to look at, the way there stays until the page is left.
  const [remembers, setRemembers] = useState(false);
  const [isLooking, setLooking] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);

  const refreshChats = useCallback(() => {
    api.conversations().then(
      (found) => {
        setChats(found.conversations);
        if (found.remembers) setRemembers(true);
      },
      () => {},
    );
  }, [api]);
  const chat = useThread(api, place, explain, refreshChats);
  const { open } = chat;

  useEffect(() => {
    let isCurrent = true;
    const start = async () => {
      const about = await api.about();
      if (!isCurrent) return;
      // A website says what it knows of its visitor; on its own page the address holds the conversation there.
      const app = isFramed(location.pathname)
        ? { ...about, inputs: givenBefore(about.inputs, location.hash) }
        : about;
      setInputs(wholeBefore(about.inputs, app.inputs));
      document.title = app.name;
      const earlier = place.read();
      // A conversation of another visitor, or one that is gone: simply begin a new one.
      if (earlier) await open(earlier).catch(() => place.write(null));
      if (!isCurrent) return;
      setAbout(app);
      refreshChats();
      setTimeout(preloadMarkdown);
    };
    start().catch((thrown: unknown) => isCurrent && setProblem(thrown));
    return () => {
      isCurrent = false;
    };
  }, [api, place, open, refreshChats]);

  if (problem) return <ProblemView error={problem} explain={explain} />;
  if (!about) {
    return (
      <div className={css.page} role="status">
        <span className="visually-hidden">{words.page.loading}</span>
      </div>
    );
  }

  const mustAskFirst = needsInputs(about.inputs) && inputs === null;
  const given = inputs ?? undefined;
  const choose = (conversation: string) => {
    dialog.current?.close();
    void open(conversation).catch(setProblem);
  };
  const startNew = () => {
    dialog.current?.close();
    // Another chat may be about another file; what else was told still holds.
    if (asksForFiles(about.inputs)) setInputs(null);
    chat.clear();
  };
  const list = (
    <ConversationList chats={chats} current={chat.thread.conversation} onChoose={choose} onNew={startNew} />
  );

  return (
    <div className={css.page}>
      <a className={css.skip} href="#composer">
        {words.page.skip}
      </a>
      <nav className={css.side} aria-label={words.page.conversations}>
        {list}
      </nav>
      <main className={css.main}>
        <header className={css.header}>
          {chats.length > 0 && (
            <button
              type="button"
              className={`${css.icon} ${css.opener}`}
              aria-label={words.page.open}
              title={words.page.open}
              onClick={() => dialog.current?.showModal()}
            >
              <Menu aria-hidden="true" />
            </button>
          )}
          <h1 className={css.title}>{about.name}</h1>
          {remembers && (
            <button
              type="button"
              className={css.icon}
              aria-label={words.page.memories.open}
              title={words.page.memories.open}
              onClick={() => setLooking(true)}
            >
              <NotebookText aria-hidden="true" />
            </button>
          )}
          {chat.thread.messages.length > 0 && (
            <button
              type="button"
              className={`${css.icon} ${css.opener}`}
              aria-label={words.page.newChat}
              title={words.page.newChat}
              onClick={startNew}
            >
              <SquarePen aria-hidden="true" />
            </button>
          )}
          {onClose && (
            <button
              type="button"
              className={css.icon}
              aria-label={words.page.close}
              title={words.page.close}
              onClick={onClose}
            >
              <X aria-hidden="true" />
            </button>
          )}
        </header>
        {about.is_practice && <p className={css.practice}>{words.page.practice}</p>}
        <ChatThread
          className={css.thread}
          messages={chat.thread.messages}
          words={words}
          fileWay={api.fileWay}
          onRate={api.rate}
          suggestions={mustAskFirst || chat.thread.messages.length > 0 ? [] : about.suggestions}
          onSuggestion={(text) => chat.ask(text, given)}
          onRetry={() => chat.retry(given)}
          empty={
            <div className={css.hello}>
              <p className={css.greeting}>{words.page.hello}</p>
            </div>
          }
        >
          {chat.thread.asks.map((ask) =>
            ask.who === "team" ? (
              <TeamIsAsked key={`team${ask.since}`} words={words} />
            ) : (
              <AskForm
                key={`${chat.thread.run}${ask.path}${ask.since}`}
                ask={ask}
                words={words}
                language={language}
                onAnswer={(answer) => api.answer(chat.thread.run ?? "", answer)}
                send={(file, onSent, signal) => api.sendFile(file, onSent, signal)}
                explain={explainThrown}
              />
            ),
          )}
        </ChatThread>
        <div className={css.foot} id="composer">
          {chat.thread.asks.length > 0 && (
            <AnswerFirst words={words} isOwn={chat.thread.asks.some((ask) => ask.who !== "team")} />
          )}
          {mustAskFirst ? (
            <InputsForm
              fields={about.inputs}
              send={(file, onSent, signal) => api.sendFile(file, onSent, signal)}
              explain={explainThrown}
              onStart={setInputs}
            />
          ) : (
            <Composer
              words={words}
              isRunning={chat.isRunning}
              onSend={(text) => chat.ask(text, given)}
              onStop={chat.stop}
              autoFocus={matchMedia("(pointer: fine)").matches}
            />
          )}
        </div>
      </main>
      <ConversationsDialog ref={dialog}>{list}</ConversationsDialog>
      {isLooking && <MemoriesDialog api={api} explain={explainThrown} onClose={() => setLooking(false)} />}
    </div>
  );
}
