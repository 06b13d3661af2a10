import { ExternalLink } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Publication } from "@/api/types";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Button, CopyField, Disclosure, Field, Input, Section, Switch } from "@/ui";
import { UsedBy } from "@/uses/UsedBy";
import css from "./share.module.css";
import { useChangePublication } from "./usePublication";

/** The address of the chat page: copy, open, change, switch off. */
export function LinkCard({ workflow, publication }: { workflow: string; publication: Publication }) {
  const { t } = useTranslation("share");
  const [slug, setSlug] = useState(publication.slug);
  const change = useChangePublication(workflow);
  const fault = change.error ? wordsOfThrown(change.error) : null;
  const url = new URL(publication.chat_url, location.origin).href;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (slug.trim() !== publication.slug) change.mutate({ slug: slug.trim() });
  };
  return (
    <Section
      card
      title={t("link.title")}
      text={publication.is_enabled ? t("link.text") : t("link.off")}
      aside={
        publication.is_enabled && (
          <Button asChild look={publication.has_changes ? "secondary" : "primary"}>
            <a href={url} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden="true" />
              {t("link.open")}
            </a>
          </Button>
        )
      }
    >
      <CopyField label={t("link.label")} value={url} />
      <Switch
        checked={publication.is_enabled}
        disabled={change.isPending}
        onChange={(isEnabled) => change.mutate({ is_enabled: isEnabled })}
        label={t("link.on")}
        help={t("link.onHelp")}
      />
      <UsedBy app={workflow} what={publication.is_enabled ? "published" : "off"} />
      <Disclosure label={t("link.edit")}>
        <form className={css.form} onSubmit={submit}>
          <Field
            label={t("link.slug")}
            help={t("link.slugHelp")}
            error={fault && [fault.message, fault.hint].join(" ")}
          >
            {(control) => (
              <Input
                {...control}
                value={slug}
                maxLength={50}
                spellCheck={false}
                onChange={(event) => setSlug(event.target.value)}
              />
            )}
          </Field>
          <div>
            <Button
              type="submit"
              busy={change.isPending}
              disabled={!slug.trim() || slug.trim() === publication.slug}
            >
              {t("link.save")}
            </Button>
          </div>
        </form>
      </Disclosure>
    </Section>
  );
}
