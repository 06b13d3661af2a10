import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Banner, Button, Field, Segmented, Textarea } from "@/ui";
import css from "./share.module.css";
import { useChangePublication } from "./usePublication";

const ANY = "*";

/** Which websites may show the app: those that are named, or any. */
export function WebsitesForm({ workflow, websites }: { workflow: string; websites: readonly string[] }) {
  const { t } = useTranslation("share");
  const [draft, setDraft] = useState<{ isAny?: boolean; text?: string }>({});
  const change = useChangePublication(workflow, () => setDraft({}));
  const isAny = draft.isAny ?? websites.includes(ANY);
  const text = draft.text ?? websites.filter((one) => one !== ANY).join("\n");
  const named = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const fault = change.error ? wordsOfThrown(change.error) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ websites: isAny ? [ANY] : named });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <div>
        <Segmented
          label={t("website.where")}
          value={isAny ? "any" : "named"}
          onChange={(value) => setDraft({ ...draft, isAny: value === "any" })}
          options={[
            { value: "named", label: t("website.named") },
            { value: "any", label: t("website.any") },
          ]}
        />
      </div>
      {isAny ? (
        <Banner tone="warn">{t("website.anyHelp")}</Banner>
      ) : (
        <Field
          label={t("website.list")}
          help={t("website.listHelp")}
          error={fault && [fault.message, fault.hint].join(" ")}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              grows
              spellCheck={false}
              value={text}
              onChange={(event) => setDraft({ ...draft, text: event.target.value })}
            />
          )}
        </Field>
      )}
      {!isAny && named.length === 0 && <p className={css.quiet}>{t("website.none")}</p>}
      <div>
        <Button type="submit" busy={change.isPending} disabled={Object.keys(draft).length === 0}>
          {t("website.save")}
        </Button>
      </div>
    </form>
  );
}
