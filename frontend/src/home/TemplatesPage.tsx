import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { templatesQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { LookingOnly } from "@/faults/LookingOnly";
import { Field, Input, Loading, Page, Section } from "@/ui";
import { TemplateCards } from "./TemplateCard";
import css from "./TemplatesPage.module.css";
import { byGroup, foundIn } from "./templates";

/** `/templates`: everything one can begin with, by what it is for. */
export default function TemplatesPage() {
  const { t } = useTranslation("home");
  const { t: common } = useTranslation("common");
  const { data: templates, error, refetch } = useQuery(templatesQuery);
  const [query, setQuery] = useState("");
  const may = useMay();
  const found = templates && foundIn(templates, query);
  return (
    <Page wide title={t("templates.allTitle")} lead={may.edit && t("templates.allLead")}>
      {!may.edit && <LookingOnly />}
      {error && <FaultBanner error={error} onRetry={() => void refetch()} />}
      {!templates && !error && <Loading label={common("state.loading")} lines={6} />}
      {may.edit && found && (
        <>
          <div className={css.search}>
            <Field label={t("templates.search")} hideLabel>
              {(control) => (
                <Input
                  {...control}
                  type="search"
                  value={query}
                  placeholder={t("templates.search")}
                  onChange={(event) => setQuery(event.target.value)}
                />
              )}
            </Field>
            <p className={css.count} role="status">
              {query.trim() && t("templates.found", { count: found.length })}
            </p>
          </div>
          {byGroup(found).map(({ group, templates }) => (
            <Section key={group} title={t(`templates.groups.${group}`)}>
              <TemplateCards templates={templates} />
            </Section>
          ))}
          {found.length === 0 && <p className={css.none}>{t("templates.none")}</p>}
        </>
      )}
    </Page>
  );
}
