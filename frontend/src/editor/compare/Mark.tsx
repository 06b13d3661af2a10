import { useTranslation } from "react-i18next";
import { CHANGE_ICONS } from "../changeIcons";
import css from "./Compare.module.css";
import { useMarks } from "./marks";

/** What became of a thing, and its name with that. */
export function useMark(id: string, step: string) {
  const { t } = useTranslation("editor");
  const kind = useMarks().steps.get(id);
  return { kind, label: kind ? t("compare.label", { step, change: t(`compare.${kind}`) }) : step };
}

/** Picture and word; nothing on what is as it was. */
export function Mark({ id }: { id: string }) {
  const { t } = useTranslation("editor");
  const kind = useMarks().steps.get(id);
  if (!kind) return null;
  const Icon = CHANGE_ICONS[kind];
  return (
    <span className={css.mark} data-kind={kind}>
      <Icon aria-hidden="true" />
      {t(`compare.${kind}`)}
    </span>
  );
}
