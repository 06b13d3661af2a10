import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import css from "./ValueCard.module.css";

export interface ValueCardProps {
  value: Json;
  titleOf: (field: string) => string;
  /** Without a card around it. */
  bare?: boolean;
}

const MOST_ITEMS = 50;
const LONGEST = 4_000;

/** A value as a person reads it: fields with titles, lists as lists, texts as they are. */
export function ValueCard({ value, titleOf, bare = false }: ValueCardProps) {
  if (bare) return <Value value={value} titleOf={titleOf} depth={0} />;
  return (
    <div className={css.card}>
      <Value value={value} titleOf={titleOf} depth={0} />
    </div>
  );
}

function Value({ value, titleOf, depth }: ValueCardProps & { depth: number }) {
  const { t } = useTranslation("runs");
  if (value === null || value === "") return <span className={css.nothing}>{t("value.nothing")}</span>;
  if (typeof value === "boolean") return <>{value ? t("value.yes") : t("value.no")}</>;
  if (typeof value === "number") return <>{value}</>;
  if (typeof value === "string") {
    return <span className={css.text}>{value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}</span>;
  }
  if (depth > 5) return <>…</>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className={css.nothing}>{t("value.nothing")}</span>;
    return (
      <ul className={css.list}>
        {value.slice(0, MOST_ITEMS).map((item, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a finished value never changes
          <li key={i}>
            <Value value={item} titleOf={titleOf} depth={depth + 1} />
          </li>
        ))}
        {value.length > MOST_ITEMS && <li>{t("value.more", { count: value.length - MOST_ITEMS })}</li>}
      </ul>
    );
  }
  // What was left at "automatic" says nothing about this run.
  const fields = Object.entries(value).filter(([, v]) => v !== null && v !== "");
  if (fields.length === 0) return <span className={css.nothing}>{t("value.nothing")}</span>;
  return (
    <dl className={css.fields}>
      {fields.map(([name, field]) => (
        <Fragment key={name}>
          <dt>{depth === 0 ? titleOf(name) : name}</dt>
          <dd>
            <Value value={field} titleOf={titleOf} depth={depth + 1} />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
