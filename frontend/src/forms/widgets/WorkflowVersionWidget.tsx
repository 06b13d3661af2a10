import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { usableAppsQuery } from "@/api/queries";
import { day } from "@/i18n/time";
import { Select } from "@/ui";
import { numberOf } from "../apps/chosen";
import { textOf } from "../schema";
import { useFieldWith } from "../whole";
import css from "./WorkflowWidget.module.css";
import type { WidgetProps } from "./widget";

/** The version of the app that the form chooses: always the latest that is published, or one that never changes. */
export function WorkflowVersionWidget({ value, onChange, control }: WidgetProps) {
  const { t, i18n } = useTranslation("forms");
  const { id: self = "" } = useParams();
  const { data } = useQuery(usableAppsQuery(self));
  const chosen = textOf(useFieldWith("workflow"));
  const app = data?.find(({ id }) => id === chosen);
  const number = numberOf(value);
  const options = [
    { value: "", label: t("apps.latest"), hint: app?.latest ? t("apps.now", { number: app.latest }) : "" },
    ...(app?.versions ?? []).map((one) => ({
      value: String(one.number),
      label: t("apps.versionOf", { number: one.number, day: day(one.created_at, i18n.language) }),
      hint: one.closes_circle ? t("apps.usesThis") : one.note,
      disabled: one.closes_circle && one.number !== number,
    })),
  ];
  const isListed = number === null || app?.versions.some((one) => one.number === number);
  const isGone = data !== undefined && !isListed;
  if (!isListed) {
    const label = t(isGone ? "apps.version" : "apps.numbered", { number });
    options.push({ value: String(number), label, hint: "", disabled: false });
  }
  return (
    <div className={css.app}>
      <Select
        {...control}
        value={number === null ? "" : String(number)}
        onChange={(next) => onChange(next === "" ? undefined : Number(next))}
        options={options}
      />
      {!isGone && <p className={css.quiet}>{t(number === null ? "apps.latestHelp" : "apps.versionHelp")}</p>}
    </div>
  );
}
