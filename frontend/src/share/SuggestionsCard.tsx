import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Publication } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Section, Textarea } from "@/ui";
import css from "./share.module.css";
import { useChangePublication } from "./usePublication";

const MOST = 8;
const LONGEST = 200;

/** The questions that visitors can ask with one press. */
export function SuggestionsCard({ workflow, publication }: { workflow: string; publication: Publication }) {
  const { t } = useTranslation("share");
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangePublication(workflow, () => setDraft(null));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft !== null) change.mutate({ suggestions: questionsOf(draft) });
  };
  return (
    <Section card title={t("suggestions.title")} text={t("suggestions.text")}>
      <form className={css.form} onSubmit={submit}>
        <Field hideLabel label={t("suggestions.label")}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              grows
              value={draft ?? publication.suggestions.join("\n")}
              onChange={(event) => setDraft(event.target.value)}
            />
          )}
        </Field>
        <FaultBanner error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending} disabled={draft === null}>
            {t("suggestions.save")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function questionsOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim().slice(0, LONGEST));
  return [...new Set(lines)].filter(Boolean).slice(0, MOST);
}
