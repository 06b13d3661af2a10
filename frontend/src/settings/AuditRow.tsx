import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/types";
import { moment } from "@/i18n/time";
import { Disclosure } from "@/ui";
import { actionWords, detailPairs } from "./auditWords";
import css from "./people.module.css";

/** One thing that was done: who did what to which thing, when, from where; the rest behind "Details". */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  const { t, i18n } = useTranslation("audit");
  const pairs = [
    ...detailPairs(entry.details),
    ...(entry.request_id ? [[t("request"), entry.request_id] as [string, string]] : []),
  ];
  return (
    <div className={css.entry}>
      <p>
        <strong>{entry.who === "system" || !entry.who ? t("system") : entry.who}</strong>{" "}
        {actionWords(i18n, entry.action)}
        {entry.thing && entry.thing !== entry.who && <>{t("about", { thing: entry.thing })}</>}
      </p>
      <p className={css.quiet}>
        <time dateTime={entry.at}>{moment(entry.at, i18n.language)}</time>
        {entry.address && <> · {t("from", { address: entry.address })}</>}
      </p>
      {pairs.length > 0 && (
        <Disclosure label={t("details")}>
          <dl className={css.details}>
            {pairs.map(([name, value]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Disclosure>
      )}
    </div>
  );
}
