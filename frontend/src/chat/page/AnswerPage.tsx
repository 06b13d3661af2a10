import { CircleCheck } from "lucide-react";
import { use, useEffect, useState } from "react";
import { asApiError, errorOfAnswer } from "@/api/errors";
import { upload } from "@/api/upload";
import { AskForm } from "../ask/AskForm";
import type { Ask } from "../ask/ask";
import css from "./AnswerPage.module.css";
import { language, loadExplain, words } from "./words";

const explain = loadExplain();

async function explainThrown(thrown: unknown): Promise<string> {
  const { message, hint } = (await explain)(asApiError(thrown)) ?? { message: "" };
  return `${message} ${hint ?? ""}`.trim();
}

async function ask<T>(path: string, body: object): Promise<T> {
  let reply: Response;
  try {
    reply = await fetch(`/a/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch (thrown) {
    throw asApiError(thrown);
  }
  const said: unknown = await reply.json().catch(() => null);
  if (!reply.ok) throw errorOfAnswer(reply.status, said);
  return said as T;
}

interface Asked {
  app: string;
  ask: Ask;
}

/** What someone sees who was sent a link to one question: the form, thanks, or why it cannot be answered. */
export function AnswerPage({ token }: { token: string }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [isDone, setDone] = useState(false);

  useEffect(() => {
    let isCurrent = true;
    ask<Asked>("look", { token }).then(
      (found) => isCurrent && setAsked(found),
      (thrown: unknown) => isCurrent && setFault(thrown),
    );
    return () => {
      isCurrent = false;
    };
  }, [token]);

  if (fault) return <Refused fault={fault} />;
  return (
    <main className={css.page}>
      <title>{words.ask.title}</title>
      {isDone ? (
        <div className={css.done} role="status">
          <CircleCheck aria-hidden="true" />
          <h1>{words.ask.thanks}</h1>
          <p>{words.ask.thanksHelp}</p>
        </div>
      ) : (
        asked && (
          <>
            <h1 className={css.title}>{words.ask.from.replace("{app}", asked.app)}</h1>
            <AskForm
              ask={asked.ask}
              words={words}
              language={language}
              onAnswer={async ({ action, fields }) => {
                await ask("answer", { token, action, fields });
                setDone(true);
              }}
              send={(file, onSent, signal) => {
                const form = new FormData();
                form.append("file", file);
                return upload("/a/files", form, onSent, signal, token);
              }}
              explain={explainThrown}
            />
          </>
        )
      )}
    </main>
  );
}

function Refused({ fault }: { fault: unknown }) {
  const said = use(explain)(asApiError(fault));
  return (
    <main className={css.page}>
      <title>{words.ask.noForm}</title>
      <h1 className={css.title}>{words.ask.noForm}</h1>
      <p role="alert">
        {said?.message} {said?.hint}
      </p>
    </main>
  );
}
