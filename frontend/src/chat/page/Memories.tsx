import { X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import css from "./Memories.module.css";
import type { VisitorApi, VisitorMemory } from "./visitorApi";
import { language, words } from "./words";

const say = words.page.memories;

export interface MemoriesDialogProps {
  api: Pick<VisitorApi, "memories" | "forget">;
  /** Puts what went wrong into a sentence. */
  explain: (thrown: unknown) => Promise<string>;
  onClose: () => void;
}

/** What the app remembers about the visitor, to be looked at and deleted: one thing, or all of it. */
export function MemoriesDialog({ api, explain, onClose }: MemoriesDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const [kept, setKept] = useState<VisitorMemory[] | null>(null);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isSure, setSure] = useState(false);
  const [said, setSaid] = useState("");

  const take = useCallback(
    async (answer: Promise<VisitorMemory[]>) => {
      setBusy(true);
      setProblem("");
      try {
        setKept(await answer);
        return true;
      } catch (thrown) {
        setProblem(await explain(thrown));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [explain],
  );
  useEffect(() => {
    dialog.current?.showModal();
    void take(api.memories());
  }, [api, take]);

  const forget = async (memory: string | null) => {
    setSaid("");
    if (!(await take(api.forget(memory)))) return;
    setSure(false);
    setSaid(say.deleted);
    // The button that had the focus is gone with what it deleted.
    title.current?.focus();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog; the click is the mouse's way to do the same
    <dialog
      ref={dialog}
      className={css.dialog}
      aria-labelledby="memories-title"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <div className={css.inside}>
        <header className={css.head}>
          <h2 ref={title} id="memories-title" className={css.title} tabIndex={-1}>
            {say.open}
          </h2>
          <form method="dialog">
            <button
              type="submit"
              className={css.close}
              aria-label={words.page.close}
              title={words.page.close}
            >
              <X aria-hidden="true" />
            </button>
          </form>
        </header>
        <p className={css.help}>{say.text}</p>
        {problem && (
          <p className={css.problem} role="alert">
            {problem}
          </p>
        )}
        <p className="visually-hidden" role="status">
          {kept === null && !problem ? words.page.loading : said}
        </p>
        {kept?.length === 0 && <p>{say.none}</p>}
        {kept && kept.length > 0 && (
          <ul className={css.list}>
            {kept.map(({ id, name, text, said_at }) => (
              <li key={id} className={css.memory}>
                <div className={css.words}>
                  {name && <strong className={css.name}>{name}</strong>}
                  <span>{text}</span>
                  <time className={css.since} dateTime={said_at}>
                    {say.since.replace("{time}", dayOf(said_at))}
                  </time>
                </div>
                <button
                  type="button"
                  className={css.button}
                  disabled={isBusy}
                  aria-label={say.forgetOne.replace("{text}", text)}
                  onClick={() => void forget(id)}
                >
                  {say.forget}
                </button>
              </li>
            ))}
          </ul>
        )}
        {kept && kept.length > 1 && !isSure && (
          <footer className={css.foot}>
            <button type="button" className={css.button} onClick={() => setSure(true)}>
              {say.forgetAll}
            </button>
          </footer>
        )}
        {kept && kept.length > 1 && isSure && (
          <footer className={css.foot}>
            <p className={css.sure}>{say.sure}</p>
            {/* biome-ignore lint/a11y/noAutofocus: the button that was pressed is gone; this one does no harm */}
            <button type="button" className={css.button} autoFocus onClick={() => setSure(false)}>
              {say.keep}
            </button>
            <button type="button" className={css.danger} disabled={isBusy} onClick={() => void forget(null)}>
              {say.forgetAll}
            </button>
          </footer>
        )}
      </div>
    </dialog>
  );
}

function dayOf(iso: string): string {
  const tag = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(tag, { dateStyle: "medium" }).format(new Date(iso));
}
