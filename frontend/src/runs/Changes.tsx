import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { ChangeValue } from "./ChangeValue";
import css from "./Remembered.module.css";
import { shortName } from "./remembered";
import { useRun } from "./runStore";

/** What the step at a path changed of what the app remembers, in the round that is looked at. */
export function Changes({ path }: { path: string }) {
  const { t } = useTranslation("runs");
  const changes = useRun((view) => view.run.changes[path]);
  if (!changes) return null;
  return (
    <section className={css.changes}>
      <h3 className={css.title}>{t("remembered.changed")}</h3>
      <dl className={css.values}>
        {changes.map((change) => (
          <Fragment key={change.key}>
            <dt>{shortName(change.key)}</dt>
            <dd>
              <ChangeValue change={change} />
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
