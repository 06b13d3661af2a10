import { type FormEvent, useId, useState } from "react";
import type { Json } from "@/api/types";
import { FilePicker, type SendFile } from "../files/FilePicker";
import { rulesOf } from "../files/rules";
import css from "./InputsForm.module.css";
import { type Draft, type DraftFiles, draftOf, readDraft } from "./inputs";
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
        const id = `${form}-${field.name}`;
        const fault = wasSent ? faults[field.name] : undefined;
        return (
          <div key={field.name} className={css.field}>
            <label htmlFor={id}>{field.label || field.name}</label>
            <Control
              field={field}
              value={draft[field.name] ?? ""}
              onChange={(value) => setDraft((now) => ({ ...now, [field.name]: value }))}
              send={send}
              explain={explain}
              control={{
                id,
                "aria-invalid": fault ? true : undefined,
                "aria-describedby": fault ? `${id}-fault` : undefined,
                "aria-required": field.required || undefined,
              }}
            />
            {fault && (
              <p id={`${id}-fault`} className={css.fault}>
                {words.page[fault]}
              </p>
            )}
          </div>
        );
      })}
      <button type="submit" className={css.start}>
        {words.page.start}
      </button>
    </form>
  );
}

interface ControlInput {
  field: InputField;
  value: string | boolean | DraftFiles;
  onChange: (value: string | boolean | DraftFiles) => void;
  send: SendFile;
  explain: (thrown: unknown) => Promise<string>;
  control: {
    id: string;
    "aria-invalid": true | undefined;
    "aria-describedby": string | undefined;
    "aria-required": true | undefined;
  };
}

function Control({ field, value, onChange, control, send, explain }: ControlInput) {
  if (field.type === "file" || field.type === "files") {
    const { "aria-required": _, ...button } = control; // no state that a button can have
    return (
      <FilePicker
        control={button}
        label={field.label || field.name}
        rules={rulesOf({ ...field, kind: field.type })}
        words={words.files}
        send={send}
        explain={explain}
        onChange={(ids, isBusy) => onChange({ ids, isBusy })}
      />
    );
  }
  if (field.type === "boolean") {
    return (
      <select
        {...control}
        value={value ? "yes" : "no"}
        onChange={(event) => onChange(event.target.value === "yes")}
      >
        <option value="yes">{words.page.yes}</option>
        <option value="no">{words.page.no}</option>
      </select>
    );
  }
  if (field.type === "choice") {
    return (
      <select {...control} value={String(value)} onChange={(event) => onChange(event.target.value)}>
        <option value="">{words.page.choose}</option>
        {(field.options ?? []).map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  if (field.type === "paragraph" || field.type === "list" || field.type === "object") {
    return (
      <textarea
        {...control}
        rows={3}
        placeholder={
          field.type === "list" ? words.page.onePerLine : field.type === "object" ? "{ }" : undefined
        }
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <input
      {...control}
      inputMode={field.type === "number" ? "decimal" : undefined}
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
