import { useQuery } from "@tanstack/react-query";
import { Check, Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { modelsQuery } from "@/api/queries";
import type { Template } from "@/api/types";
import { inLanguage } from "@/i18n/language";
import { Badge } from "@/ui";
import { MiniSteps } from "./MiniSteps";
import css from "./TemplateCard.module.css";
import { needsModel } from "./templates";
import { useCreateApp } from "./useCreateApp";

/** Templates side by side; pressing one makes an app of one's own and opens it. */
export function TemplateCards({ templates }: { templates: readonly Template[] }) {
  const { t, i18n } = useTranslation("home");
  const create = useCreateApp();
  return (
    <ul className={css.row}>
      {templates.map((template) => (
        <li key={template.slug} className={css.place}>
          <TemplateCard
            template={template}
            isOpening={create.isPending && create.variables.template === template.slug}
            onUse={() => !create.isPending && create.mutate({ template: template.slug })}
          />
          <Link
            to={`/templates/${template.slug}`}
            className={css.try}
            aria-label={t("templates.tryOf", { name: inLanguage(template.title, i18n.language) })}
          >
            {t("templates.tryIt")}
          </Link>
        </li>
      ))}
    </ul>
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
  const { data: models } = useQuery(modelsQuery);
  return (
    <button type="button" className={css.card} onClick={onUse} aria-busy={isOpening || undefined}>
      <MiniSteps template={template} />
      <span className={css.title}>{inLanguage(template.title, i18n.language)}</span>
      <span className={css.summary}>{inLanguage(template.summary, i18n.language)}</span>
      <span className={css.foot}>
        {needsModel(template, models, i18n.language) ? (
          <Badge tone="warn" icon={<Sparkles />}>
            {t("templates.needsModel")}
          </Badge>
        ) : (
          <Badge tone="ok" icon={<Check />}>
            {t("templates.ready")}
          </Badge>
        )}
        <span className={css.use}>{isOpening ? t("templates.creating") : t("templates.use")}</span>
      </span>
    </button>
  );
}
