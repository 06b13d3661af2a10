import { useQuery } from "@tanstack/react-query";
import { RadioGroup } from "radix-ui";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { templatesQuery } from "@/api/queries";
import type { Template } from "@/api/types";
import { inLanguage } from "@/i18n/language";
import { Button, Dialog, Field, Input } from "@/ui";
import css from "./NewAppDialog.module.css";
import { byGroup } from "./templates";
import { useCreateApp } from "./useCreateApp";

/** How many templates are offered before somebody wants to see all. */
const AT_FIRST = 4;

/** A name and a starting point. The first template is chosen already, so Enter is enough. */
export function NewAppDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { t, i18n } = useTranslation("home");
  const { data: templates = [] } = useQuery(templatesQuery);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const create = useCreateApp();
  const form = useId();
  const [isWhole, setWhole] = useState(false);
  const choice = (each: Template) => (
    <RadioGroup.Item key={each.slug} value={each.slug} className={css.choice}>
      <span className={css.dot} aria-hidden="true" />
      <span>
        <span className={css.title}>{inLanguage(each.title, i18n.language)}</span>
        <span className={css.summary}>{inLanguage(each.summary, i18n.language)}</span>
      </span>
    </RadioGroup.Item>
  );
  const template = chosen ?? templates[0]?.slug;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (template && !create.isPending) create.mutate({ template, name: name.trim() });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("new.title")}
      footer={
        <Button look="primary" type="submit" form={form} busy={create.isPending} disabled={!template}>
          {t("new.create")}
        </Button>
      }
    >
      <form id={form} className={css.form} onSubmit={submit}>
        <Field label={t("new.name")} optional={t("new.optional")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={120}
              placeholder={t("new.namePlaceholder")}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <RadioGroup.Root
          className={css.choices}
          aria-label={t("new.start")}
          value={template ?? ""}
          onValueChange={setChosen}
        >
          <p className={css.label}>{t("new.start")}</p>
          {isWhole
            ? byGroup(templates).map(({ group, templates: ofGroup }) => (
                <div key={group} className={css.choices}>
                  <p className={css.group}>{t(`templates.groups.${group}`)}</p>
                  {ofGroup.map(choice)}
                </div>
              ))
            : templates.slice(0, AT_FIRST).map(choice)}
        </RadioGroup.Root>
        {!isWhole && templates.length > AT_FIRST && (
          <div>
            <Button onClick={() => setWhole(true)}>{t("templates.all", { count: templates.length })}</Button>
          </div>
        )}
      </form>
    </Dialog>
  );
}
