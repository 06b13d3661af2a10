import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { workflowsQuery } from "@/api/queries";
import { Select } from "@/ui";
import { textOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

/** Another published app of the workspace. An app cannot choose itself. */
export function WorkflowWidget({ value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("forms");
  const { id: self } = useParams();
  const { data, isPending } = useQuery({ ...workflowsQuery, refetchOnWindowFocus: true });
  const chosen = textOf(value);
  const options = (data ?? [])
    .filter(({ id, is_published }) => is_published && id !== self)
    .map(({ id, name }) => ({ value: id, label: name, hint: "" }));
  if (chosen && !options.some((each) => each.value === chosen)) {
    const known = data?.find(({ id }) => id === chosen);
    options.push({ value: chosen, label: known?.name ?? chosen, hint: data ? t("workflowGone") : "" });
  }
  if (options.length === 0 && !isPending) {
    return (
      <p className={css.quiet} id={control.id} tabIndex={-1}>
        {t("noWorkflows")}
      </p>
    );
  }
  return (
    <Select {...control} value={chosen} placeholder={t("choose")} onChange={onChange} options={options} />
  );
}
