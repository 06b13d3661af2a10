import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Field, Textarea } from "@/ui";
import { modelNames, withModel } from "./connectForm";
import css from "./models.module.css";

interface ModelNamesProps {
  label: string;
  help: string;
  value: string;
  onChange: (text: string) => void;
  examples: readonly string[];
  error?: string;
  optional?: string;
}

/** Names of models, one a line; the usual ones can be added with a press. */
export function ModelNames({ label, help, value, onChange, examples, error, optional }: ModelNamesProps) {
  const { t } = useTranslation("models");
  const taken = modelNames(value);
  const open = examples.filter((name) => !taken.includes(name));
  return (
    <div className={css.names}>
      <Field label={label} help={help} error={error} optional={optional}>
        {(control) => (
          <Textarea
            {...control}
            rows={2}
            spellCheck={false}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )}
      </Field>
      {open.length > 0 && (
        <ul className={css.examples} aria-label={t("form.examples")}>
          {open.map((name) => (
            <li key={name}>
              <button type="button" className={css.example} onClick={() => onChange(withModel(value, name))}>
                <Plus aria-hidden="true" />
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
