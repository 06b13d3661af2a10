import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Field, Textarea } from "@/ui";
import css from "./tools.module.css";

export interface DescriptionTextProps {
  value: string;
  onChange: (text: string) => void;
  error?: string;
}

/** What may be sent at once, with what it takes to write it as JSON. */
const MOST_BYTES = 4_000_000;
const KINDS = ".json,.yaml,.yml,application/json,application/yaml";

/** The text of an API description: pasted, or read from a file. Nobody but this page reads the file. */
export function DescriptionText({ value, onChange, error }: DescriptionTextProps) {
  const { t } = useTranslation("tools");
  const chooser = useRef<HTMLInputElement>(null);
  const [isTooLarge, setTooLarge] = useState(false);
  const take = async (file: File | undefined) => {
    if (!file) return;
    setTooLarge(file.size > MOST_BYTES);
    if (file.size <= MOST_BYTES) onChange(await file.text());
  };
  return (
    <Field
      label={t("describe.description")}
      help={t("describe.descriptionHelp")}
      error={isTooLarge ? t("describe.tooLarge") : error}
      aside={
        <>
          <Button size="s" icon={<FileUp />} onClick={() => chooser.current?.click()}>
            {t("describe.file")}
          </Button>
          <input
            ref={chooser}
            type="file"
            hidden
            aria-label={t("describe.file")}
            accept={KINDS}
            onChange={({ target }) => {
              void take(target.files?.[0]);
              target.value = "";
            }}
          />
        </>
      }
    >
      {(control) => (
        <Textarea
          {...control}
          className={css.description}
          rows={8}
          spellCheck={false}
          value={value}
          placeholder={"openapi: 3.1.0\ninfo:\n  title: …"}
          onChange={({ target }) => {
            setTooLarge(false);
            onChange(target.value);
          }}
        />
      )}
    </Field>
  );
}
