import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { modelsQuery } from "@/api/queries";
import type { Template } from "@/api/types";
import { inLanguage } from "@/i18n/language";
import { Banner, Button, Page } from "@/ui";
import css from "./TemplateDetail.module.css";
import { needsModel } from "./templates";
import { useCreateApp } from "./useCreateApp";

export interface TemplateDetailProps {
  template: Template;
  /** What its steps are called, in the order in which a message meets them. */
  steps: readonly string[];
  /** Where one talks with it. */
  chat: ReactNode;
}

/** One template: what it does step by step, what it needs, and a conversation with it before it is taken. */
export function TemplateDetail({ template, steps, chat }: TemplateDetailProps) {
  const { t, i18n } = useTranslation("home");
  const { data: models } = useQuery(modelsQuery);
  const create = useCreateApp();
  const heading = useId();
  const needs = needsModel(template, models, i18n.language);
  return (
    <Page
      wide
      title={inLanguage(template.title, i18n.language)}
      lead={inLanguage(template.summary, i18n.language)}
      action={
        <Button
          look="primary"
          busy={create.isPending}
          onClick={() => create.mutate({ template: template.slug })}
        >
          {t("templates.use")}
        </Button>
      }
    >
      <div className={css.columns}>
        <section aria-labelledby={heading} className={css.about}>
          <h2 id={heading}>{t("templates.does")}</h2>
          <ol className={css.steps}>
            {steps.map((title, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the order never changes, and titles may repeat
              <li key={place}>{title}</li>
            ))}
          </ol>
          <p className={css.needs}>
            {template.questions > 0
              ? t("templates.asks", { count: template.questions })
              : t("templates.asksNothing")}
          </p>
          <Link to="/templates">{t("templates.others")}</Link>
        </section>
        <section aria-label={t("templates.tryIt")} className={css.chat}>
          <Banner
            flush
            tone={needs ? "warn" : "info"}
            actions={
              needs && (
                <Button asChild size="s">
                  <Link to="/models">{t("templates.connect")}</Link>
                </Button>
              )
            }
          >
            {needs ? t("templates.needsText") : t("templates.trying")}
          </Banner>
          {chat}
        </section>
      </div>
    </Page>
  );
}
