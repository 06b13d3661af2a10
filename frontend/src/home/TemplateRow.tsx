import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { templatesQuery } from "@/api/queries";
import type { Template } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { inLanguage } from "@/i18n/language";
import { Badge, Section, Skeleton } from "@/ui";
import { MiniSteps } from "./MiniSteps";
import css from "./TemplateRow.module.css";
import { useCreateApp } from "./useCreateApp";

/** "Start from something that works": each card opens an app of one's own. */
export function TemplateRow() {
  const { t } = useTranslation("home");
  const { data: templates, error, refetch } = useQuery(templatesQuery);
  const create = useCreateApp();
  return (
    <Section title={t("templates.title")}>
      {error ? (
        <FaultBanner error={error} onRetry={() => void refetch()} />
      ) : (
        <ul className={css.row}>
          {templates
            ? templates.map((template) => (
                <li key={template.slug}>
                  <TemplateCard
                    template={template}
                    isOpening={create.isPending && create.variables.template === template.slug}
                    onUse={() => !create.isPending && create.mutate({ template: template.slug })}
                  />
                </li>
              ))
            : [1, 2, 3].map((key) => (
                <li key={key} aria-hidden="true">
                  <Skeleton className={css.waiting} />
                </li>
              ))}
        </ul>
      )}
    </Section>
  );
}

function TemplateCard({
  template,
  isOpening,
  onUse,
}: {
  template: Template;
  isOpening: boolean;
  onUse: () => void;
}) {
  const { t, i18n } = useTranslation("home");
  return (
    <button type="button" className={css.card} onClick={onUse} aria-busy={isOpening || undefined}>
      <MiniSteps template={template} />
      <span className={css.title}>{inLanguage(template.title, i18n.language)}</span>
      <span className={css.summary}>{inLanguage(template.summary, i18n.language)}</span>
      <span className={css.foot}>
        <Badge tone="ok" icon={<Check />}>
          {t("templates.ready")}
        </Badge>
        <span className={css.use}>{isOpening ? t("templates.creating") : t("templates.use")}</span>
      </span>
    </button>
  );
}
