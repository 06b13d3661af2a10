import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { templatesQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Section, Skeleton } from "@/ui";
import { TemplateCards } from "./TemplateCard";
import css from "./TemplateRow.module.css";

const SHOWN = 4;

/** "Start from something that works": the first few templates, and the way to all of them. */
export function TemplateRow() {
  const { t } = useTranslation("home");
  const { data: templates, error, refetch } = useQuery(templatesQuery);
  return (
    <Section
      title={t("templates.title")}
      aside={
        templates && (
          <Button asChild size="s">
            <Link to="/templates">{t("templates.all", { count: templates.length })}</Link>
          </Button>
        )
      }
    >
      {error && <FaultBanner error={error} onRetry={() => void refetch()} />}
      {templates && <TemplateCards templates={templates.slice(0, SHOWN)} />}
      {!templates && !error && (
        <div className={css.row} aria-hidden="true">
          {[1, 2, 3, 4].map((key) => (
            <Skeleton key={key} className={css.waiting} />
          ))}
        </div>
      )}
    </Section>
  );
}
