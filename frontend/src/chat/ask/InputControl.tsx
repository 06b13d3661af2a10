import { FilePicker, type SendFile } from "../files/FilePicker";
import { rulesOf } from "../files/rules";
import type { DraftFiles } from "../page/inputs";
import type { InputField } from "../page/visitorApi";
import type { FormWords } from "../types";

export interface InputControlProps {
  field: InputField;
  value: string | boolean | DraftFiles;
  onChange: (value: string | boolean | DraftFiles) => void;
  words: FormWords;
  send: SendFile;
  explain: (thrown: unknown) => Promise<string>;
  control: {
    id: string;
    "aria-invalid": true | undefined;
    "aria-describedby": string | undefined;
    "aria-required": true | undefined;
  };
}

/** Where one field of a form is filled in, by its kind. */
export function InputControl({ field, value, onChange, control, words, send, explain }: InputControlProps) {
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
