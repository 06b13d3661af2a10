import { useTranslation } from "react-i18next";
import css from "./ChangeList.module.css";
import { CHANGE_ICONS } from "./changeIcons";
import type { Change } from "./changes";

export interface ChangeListProps {
  changes: readonly Change[];
  /** Shows a step where it stands; left away, there is nowhere to show it. */
  onShow?: (step: string) => void;
}

/** What is different, in words: the steps that are new, changed and gone. */
export function ChangeList({ changes, onShow }: ChangeListProps) {
  const { t } = useTranslation("editor");
  if (changes.length === 0) return <p>{t("publish.changes.none")}</p>;
  return (
    <ul className={css.list}>
      {changes.map(({ kind, id, title }) => {
        const Icon = CHANGE_ICONS[kind];
        const said = t(`publish.changes.${kind}`, { title });
        return (
          <li key={`${kind} ${id}`} className={css.change} data-kind={kind}>
            <Icon aria-hidden="true" />
            {onShow && id ? (
              <button type="button" className={css.show} title={t("compare.show")} onClick={() => onShow(id)}>
                {said}
              </button>
            ) : (
              said
            )}
          </li>
        );
      })}
    </ul>
  );
}
