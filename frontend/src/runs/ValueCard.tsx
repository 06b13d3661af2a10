import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/api/types";
import { Button } from "@/ui";
import { ApartNote } from "./ApartNote";
import { isApart } from "./apart";
import { FileNote } from "./FileNote";
import { isFile } from "./files";
import { LongText } from "./LongText";
import css from "./ValueCard.module.css";

export interface ValueCardProps {
  value: Json;
  titleOf: (field: string) => string;
  /** Without a card around it. */
  bare?: boolean;
}

const MOST_ITEMS = 50;
/** Drawn at a time of those that are asked for. */
const MORE_ITEMS = 200;
const LONGEST = 4_000;
/** Of a text that was asked for. */
const LONGEST_ASKED_FOR = 200_000;

/** A value as a person reads it: fields with titles, lists as lists, texts as they are. */
export function ValueCard({ value, titleOf, bare = false }: ValueCardProps) {
  if (bare) return <Value value={value} titleOf={titleOf} depth={0} />;
  return (
    <div className={css.card}>
      <Value value={value} titleOf={titleOf} depth={0} />
    </div>
  );
}

interface ValueProps extends ValueCardProps {
  depth: number;
  longest?: number;
  /** The rest of it is not here. */
  isBeginning?: boolean;
}

function Value({ value, titleOf, depth, longest = LONGEST, isBeginning = false }: ValueProps) {
  const { t } = useTranslation("runs");
  if (isApart(value)) {
    return (
      <ApartNote apart={value}>
        {(known, isAll) => (
          <Value
            value={known}
            titleOf={titleOf}
            depth={depth}
            longest={isAll ? LONGEST_ASKED_FOR : LONGEST}
            isBeginning={!isAll}
          />
        )}
      </ApartNote>
    );
  }
  if (value === null || value === "") return <span className={css.nothing}>{t("value.nothing")}</span>;
  if (typeof value === "boolean") return <>{value ? t("value.yes") : t("value.no")}</>;
  if (typeof value === "number") return <>{value}</>;
  if (typeof value === "string") {
    return (
      <span className={css.text}>
        <LongText text={value} longest={longest} canShowMore={!isBeginning} />
      </span>
    );
  }
  if (isFile(value)) return <FileNote file={value} />;
  if (depth > 5) return <>…</>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className={css.nothing}>{t("value.nothing")}</span>;
    return <Items items={value} titleOf={titleOf} depth={depth} isBeginning={isBeginning} />;
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
            <Value value={field} titleOf={titleOf} depth={depth + 1} isBeginning={isBeginning} />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Items({ items, titleOf, depth, isBeginning }: Omit<ValueProps, "value"> & { items: Json[] }) {
  const { t } = useTranslation("runs");
  const [shown, setShown] = useState(MOST_ITEMS);
  const left = items.length - shown;
  return (
    <ul className={css.list}>
      {items.slice(0, shown).map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a finished value never changes
        <li key={i}>
          <Value value={item} titleOf={titleOf} depth={depth + 1} isBeginning={isBeginning} />
        </li>
      ))}
      {left > 0 && (
        <li>
          {t("value.more", { count: left })}{" "}
          {!isBeginning && (
            <Button look="quiet" size="s" onClick={() => setShown(shown + MORE_ITEMS)}>
              {t("value.showMore")}
            </Button>
          )}
        </li>
      )}
    </ul>
  );
}
