import { type FormEvent, useId, useState } from "react";
import type { Json } from "@/api/types";
import { FormField } from "../ask/FormField";
import type { SendFile } from "../files/FilePicker";
import css from "./InputsForm.module.css";
import { type Draft, draftOf, readDraft } from "./inputs";
import type { InputField } from "./visitorApi";
import { words } from "./words";

/** Whether the app asks for something before the first question. */
export function needsInputs(fields: InputField[]): boolean {
  return fields.length > 0;
}

/** Whether a file is among it. */
export function asksForFiles(fields: InputField[]): boolean {
  return fields.some(({ type }) => type === "file" || type === "files");
}

/** What the app wants to know besides the question, asked once before the conversation. */
export function InputsForm({
  fields,
  send,
  explain,
  onStart,
}: {
  fields: InputField[];
  send: SendFile;
  explain: (thrown: unknown) => Promise<string>;
  onStart: (values: Record<string, Json>) => void;
}) {
  const form = useId();
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields));
  const [wasSent, setSent] = useState(false);
  const { values, faults } = readDraft(fields, draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(faults).length === 0) onStart(values);
    else document.getElementById(`${form}-${Object.keys(faults)[0]}`)?.focus();
  };
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      <h2 className={css.title}>{words.page.inputs}</h2>
      {fields.map((field) => {
        const fault = wasSent ? faults[field.name] : undefined;
        return (
          <FormField
            key={field.name}
            id={`${form}-${field.name}`}
            field={field}
            value={draft[field.name]}
            onChange={(value) => setDraft((now) => ({ ...now, [field.name]: value }))}
            fault={fault && words.page[fault]}
            words={words}
            send={send}
            explain={explain}
          />
        );
      })}
      <button type="submit" className={css.start}>
        {words.page.start}
      </button>
    </form>
  );
}
