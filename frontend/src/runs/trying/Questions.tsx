import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { runs } from "@/api/endpoints";
import type { Json } from "@/api/types";
import { FilePicker, useFileWords } from "@/chat";
import { rulesOf } from "@/chat/files/rules";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Field, Input, NumberField, Select, Switch, Textarea } from "@/ui";
import css from "./Questions.module.css";
import { objectIn, type Question } from "./questions";

export interface QuestionsProps {
  workflow: string;
  questions: readonly Question[];
  values: Record<string, Json>;
  onChange: (name: string, value: Json) => void;
  /** Whether files of a question are still on their way. */
  onBusy: (name: string, isBusy: boolean) => void;
}

/** What the app asks before the conversation, to be tried here as a visitor would see it. */
export function Questions({ workflow, questions, values, onChange, onBusy }: QuestionsProps) {
  const { t } = useTranslation("runs");
  return (
    <section className={css.questions} aria-label={t("asksFirst")}>
      <h3 className={css.title}>{t("asksFirst")}</h3>
      {questions.map((question) => (
        <One
          key={question.name}
          workflow={workflow}
          question={question}
          value={values[question.name]}
          onChange={(value) => onChange(question.name, value)}
          onBusy={(isBusy) => onBusy(question.name, isBusy)}
        />
      ))}
    </section>
  );
}

function One({
  workflow,
  question,
  value,
  onChange,
  onBusy,
}: {
  workflow: string;
  question: Question;
  value: Json | undefined;
  onChange: (value: Json) => void;
  onBusy: (isBusy: boolean) => void;
}) {
  const { t } = useTranslation("forms");
  const { label, kind, options, required } = question;
  const text = typeof value === "string" ? value : "";
  if (kind === "boolean") return <Switch checked={value === true} onChange={onChange} label={label} />;
  return (
    <Field label={label} optional={required ? undefined : t("optional")}>
      {(control) => {
        if (kind === "number") {
          return (
            <NumberField {...control} value={typeof value === "number" ? value : null} onChange={onChange} />
          );
        }
        if (kind === "choice") {
          return (
            <Select
              {...control}
              value={text}
              onChange={onChange}
              options={options.map((o) => ({ value: o, label: o }))}
              placeholder={t("choose")}
            />
          );
        }
        if (kind === "list") {
          return (
            <Textarea
              {...control}
              value={Array.isArray(value) ? value.join("\n") : ""}
              placeholder={t("inputs.onePerLine")}
              onChange={(event) => onChange(event.target.value ? event.target.value.split("\n") : [])}
            />
          );
        }
        if (kind === "file" || kind === "files") {
          return <Files {...{ workflow, question, control, onChange, onBusy }} />;
        }
        if (kind === "object") return <ObjectText control={control} onChange={onChange} />;
        if (kind === "paragraph") {
          return <Textarea {...control} value={text} onChange={(event) => onChange(event.target.value)} />;
        }
        return <Input {...control} value={text} onChange={(event) => onChange(event.target.value)} />;
      }}
    </Field>
  );
}

/** An object as JSON, as a program would send it. What is none yet is not sent. */
function ObjectText({ control, onChange }: { control: object; onChange: (value: Json) => void }) {
  const { t } = useTranslation("forms");
  const [text, setText] = useState("");
  const isWrong = text.trim() !== "" && objectIn(text) === null;
  return (
    <>
      <Textarea
        {...control}
        value={text}
        placeholder="{ }"
        spellCheck={false}
        aria-invalid={isWrong || undefined}
        onChange={(event) => {
          setText(event.target.value);
          onChange(objectIn(event.target.value));
        }}
      />
      {isWrong && <p role="alert">{t("inputs.notAnObject")}</p>}
    </>
  );
}

function Files({
  workflow,
  question,
  control,
  onChange,
  onBusy,
}: {
  workflow: string;
  question: Question;
  control: { id: string; "aria-describedby": string | undefined; "aria-invalid": true | undefined };
  onChange: (value: Json) => void;
  onBusy: (isBusy: boolean) => void;
}) {
  const words = useFileWords();
  // Who takes the question away need not wait for its files.
  const tell = useRef(onBusy);
  tell.current = onBusy;
  useEffect(() => () => tell.current(false), []);
  return (
    <FilePicker
      control={control}
      label={question.label}
      rules={rulesOf(question)}
      words={words}
      send={(file, onSent, signal) => runs.sendFile(workflow, file, onSent, signal)}
      explain={(thrown) => {
        const { message, hint } = wordsOfThrown(thrown);
        return `${message} ${hint ?? ""}`.trim();
      }}
      onChange={(ids, isBusy) => {
        onBusy(isBusy);
        onChange(question.kind === "files" ? ids : (ids[0] ?? null));
      }}
    />
  );
}
