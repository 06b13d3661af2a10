import type { SendFile } from "../files/FilePicker";
import type { DraftFiles } from "../page/inputs";
import type { InputField } from "../page/visitorApi";
import type { FormWords } from "../types";
import css from "./FormField.module.css";
import { InputControl } from "./InputControl";

export interface FormFieldProps {
  id: string;
  field: InputField;
  value: string | boolean | DraftFiles | undefined;
  onChange: (value: string | boolean | DraftFiles) => void;
  /** What is wrong with it, in words. */
  fault: string | undefined;
  words: FormWords;
  send: SendFile;
  explain: (thrown: unknown) => Promise<string>;
}

/** One field of a form that an app asks people to fill in: its label, its control, and what is wrong with it. */
export function FormField({ id, field, value = "", onChange, fault, words, send, explain }: FormFieldProps) {
  return (
    <div className={css.field}>
      <label htmlFor={id}>{field.label || field.name}</label>
      <InputControl
        field={field}
        value={value}
        onChange={onChange}
        words={words}
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
          {fault}
        </p>
      )}
    </div>
  );
}
