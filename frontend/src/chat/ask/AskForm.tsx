import { type FormEvent, lazy, Suspense, useId, useState } from "react";
import { asApiError } from "@/api/errors";
import type { SendFile } from "../files/FilePicker";
import { type Draft, draftOf, readDraft } from "../page/inputs";
import type { FormWords } from "../types";
import css from "./AskForm.module.css";
import type { Ask, AskAction, AskAnswer } from "./ask";
import { FormField } from "./FormField";

const Markdown = lazy(() => import("../Markdown"));

export interface AskFormProps {
  ask: Ask;
  words: FormWords;
  language: string;
  /** Gives the answer to the server; what it throws is shown. */
  onAnswer: (answer: AskAnswer) => Promise<unknown>;
  send: SendFile;
  /** Why something could not be done, in words. */
  explain: (thrown: unknown) => Promise<string> | string;
  /** For who may only look: why there is nothing to press. */
  readOnly?: string;
}

/** Codes after which this form is of no use any more. */
const OVER = new Set(["already_answered", "answer_too_late", "nothing_to_answer"]);

interface Fault {
  /** The field it is about; "" for the whole form. */
  field: string;
  message: string;
  isOver: boolean;
}

/** A question of a run to a person: what it says, its form, and a button for each way to go on. */
export function AskForm({ ask, words, language, onAnswer, send, explain, readOnly }: AskFormProps) {
  const id = useId();
  const [draft, setDraft] = useState<Draft>(() => draftOf(ask.fields));
  const [wasPressed, setPressed] = useState(false);
  const [sending, setSending] = useState<string | null>(null);
  const [isSent, setSent] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const { values, faults } = readDraft(ask.fields, draft);
  const actions: AskAction[] =
    ask.actions.length > 0 ? ask.actions : [{ name: "", title: words.ask.send, needs_form: true }];
  const [only] = actions.length === 1 ? actions : [];
  // What an app did not name itself has names here: it asks whether an agent may use a tool.
  const isCall = actions.some(({ name, title }) => name === "approve" && !title);

  const press = async ({ name, needs_form = true }: AskAction) => {
    const [wrong] = Object.keys(faults).filter((field) => needs_form || faults[field] !== "required");
    setPressed(true);
    if (wrong !== undefined) {
      document.getElementById(`${id}-${wrong}`)?.focus();
      return;
    }
    setSending(name);
    setFault(null);
    try {
      await onAnswer({ path: ask.path, action: name, fields: values });
      setSent(true);
    } catch (thrown) {
      const { code, field } = asApiError(thrown);
      const about = field?.startsWith("fields.") ? field.slice("fields.".length) : "";
      setFault({ field: about, message: await explain(thrown), isOver: OVER.has(code) });
      if (about) document.getElementById(`${id}-${about}`)?.focus();
    } finally {
      setSending(null);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (only && sending === null) void press(only);
  };

  return (
    <form
      className={css.form}
      aria-labelledby={`${id}message`}
      onSubmit={submit}
      data-question={isSent ? undefined : ""}
      noValidate
    >
      <div id={`${id}message`} className={css.message}>
        <span className="visually-hidden">{words.ask.asked} </span>
        {isCall && <p>{words.ask.call}</p>}
        <Suspense fallback={ask.message}>
          <Markdown text={ask.message} />
        </Suspense>
      </div>
      {isSent ? (
        <p role="status">{words.ask.sent}</p>
      ) : (
        <fieldset className={css.all} disabled={readOnly !== undefined}>
          {ask.fields.map((field) => {
            const own = wasPressed ? faults[field.name] : undefined;
            const said = fault?.field === field.name ? fault.message : own && words.page[own];
            return (
              <FormField
                key={field.name}
                id={`${id}-${field.name}`}
                field={field.label ? field : { ...field, label: named(words.ask.fields, field.name) }}
                value={draft[field.name]}
                onChange={(value) => {
                  setDraft((now) => ({ ...now, [field.name]: value }));
                  if (fault?.field === field.name) setFault(null);
                }}
                fault={said}
                words={words}
                send={send}
                explain={async (thrown) => explain(thrown)}
              />
            );
          })}
          {fault && !fault.field && (
            <p role="alert" className={css.fault}>
              {fault.message}
            </p>
          )}
          {!fault?.isOver && (
            <div className={css.actions}>
              {actions.map((action) => (
                <button
                  key={action.name}
                  type={only ? "submit" : "button"}
                  className={css.action}
                  disabled={sending !== null}
                  onClick={only ? undefined : () => void press(action)}
                >
                  {sending === action.name
                    ? words.ask.sending
                    : action.title || named(words.ask.actions, action.name)}
                </button>
              ))}
            </div>
          )}
          {ask.until && !fault?.isOver && (
            <p className={css.note}>{words.ask.until.replace("{time}", moment(ask.until, language))}</p>
          )}
          {readOnly && <p className={css.note}>{readOnly}</p>}
        </fieldset>
      )}
    </form>
  );
}

/** What a visitor is told while the team is asked. */
export function TeamIsAsked({ words }: { words: FormWords }) {
  return (
    <p className={css.team} role="status">
      {words.ask.team}
    </p>
  );
}

const named = (words: object, name: string): string =>
  Object.entries(words).find(([key]) => key === name)?.[1] ?? name;

function moment(iso: string, language: string): string {
  const tag = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}
