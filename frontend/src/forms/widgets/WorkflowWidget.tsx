import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { usableAppsQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Select, Skeleton } from "@/ui";
import { isUsable, numberOf, troubleWith } from "../apps/chosen";
import { textOf } from "../schema";
import { useFieldWith } from "../whole";
import css from "./WorkflowWidget.module.css";
import type { Widget, WidgetProps } from "./widget";

/** Another app of the workspace, by its name. An app cannot choose itself, nor one that uses it. */
export const WorkflowWidget: Widget = ({ value, onChange, control, error: fault = "" }: WidgetProps) => {
  const { t } = useTranslation("forms");
  const { id: self = "" } = useParams();
  // Apps are published on other pages, often in another window.
  const { data, error, refetch } = useQuery({ ...usableAppsQuery(self), refetchOnWindowFocus: true });
  const number = numberOf(useFieldWith("workflow-version"));
  const chosen = textOf(value);
  if (error && !data) return <FaultBanner error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className={css.waiting} />;
  const app = data.find(({ id }) => id === chosen);
  const trouble = !chosen ? null : app || isId(chosen) ? troubleWith(app, number) : "notHere";
  // The page knows it by name, and the server by rules: what both see is said once.
  const wrong = trouble
    ? `${t(`apps.trouble.${trouble}.what`, { name: app?.name || chosen })} ${t(`apps.trouble.${trouble}.do`)}`
    : fault;
  const options = data
    .filter((one) => one.versions.length > 0 || one.id === chosen)
    .map((one) => ({
      value: one.id,
      label: one.name,
      hint: isUsable(one) || one.versions.length === 0 ? "" : t("apps.usesThis"),
      disabled: !isUsable(one) && one.id !== chosen,
    }));
  if (chosen && !app)
    options.push({
      value: chosen,
      label: isId(chosen) ? t("apps.gone") : t("apps.notHere", { name: chosen }),
      hint: "",
      disabled: false,
    });
  const waiting = data.filter((one) => one.versions.length === 0 && one.id !== chosen);
  return (
    <div className={css.app} id={options.length === 0 ? control.id : undefined} tabIndex={-1}>
      {options.length > 0 && (
        <Select
          {...control}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${control.id}-wrong` : undefined}
          value={chosen}
          placeholder={t("apps.choose")}
          onChange={onChange}
          options={options}
        />
      )}
      {options.length === 0 && <p className={css.quiet}>{t("apps.none")}</p>}
      {wrong && (
        <p className={css.wrong} id={`${control.id}-wrong`} role="status">
          {wrong}
        </p>
      )}
      {app && (
        <Link className={css.open} to={`/apps/${app.id}/build`}>
          {t("apps.open")}
          <ArrowUpRight aria-hidden="true" />
        </Link>
      )}
      {!chosen && waiting.length > 0 && (
        <p className={css.quiet}>
          {t("apps.notPublished", {
            names: waiting
              .slice(0, 3)
              .map(({ name }) => name)
              .join(t("apps.comma")),
            count: waiting.length,
          })}
        </p>
      )}
    </div>
  );
};
WorkflowWidget.saysError = true;

/** A file names apps by words; one that was not found here keeps them. */
const isId = (app: string): boolean => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(app);
