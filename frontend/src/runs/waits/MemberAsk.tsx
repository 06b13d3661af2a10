import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as api from "@/api/endpoints";
import { useMay } from "@/api/may";
import { type Ask, AskForm, useFormWords } from "@/chat";
import { wordsOfThrown } from "@/i18n/errorWords";
import { AnswerLink } from "./AnswerLink";

export interface MemberAskProps {
  run: string;
  ask: Ask;
  onAnswered?: () => void;
}

/** A question of a run, answered by a member of the workspace. Who may only look reads it. */
export function MemberAsk({ run, ask, onAnswered }: MemberAskProps) {
  const { t, i18n } = useTranslation("runs");
  const words = useFormWords();
  const may = useMay();
  const [isAnswered, setAnswered] = useState(false);
  return (
    <div>
      <AskForm
        ask={ask}
        words={words}
        language={i18n.language}
        onAnswer={async (answer) => {
          await api.runs.answer(run, answer);
          setAnswered(true);
          onAnswered?.();
        }}
        send={async (file, onSent, signal) => {
          const { workflow_id } = await api.runs.get(run, signal);
          return api.runs.sendFile(workflow_id, file, onSent, signal);
        }}
        explain={explain}
        readOnly={may.edit ? undefined : t("ask.onlyEditors")}
      />
      {may.edit && !isAnswered && <AnswerLink run={run} path={ask.path} />}
    </div>
  );
}

function explain(thrown: unknown): string {
  const { message, hint } = wordsOfThrown(thrown);
  return `${message} ${hint}`.trim();
}
