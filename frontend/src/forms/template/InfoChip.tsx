import clsx from "clsx";
import { CircleAlert } from "lucide-react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { findInfo, preview, useFormWorld } from "../info";
import css from "./InfoChip.module.css";
import { parseRef } from "./syntax";

/** What a `{{ … }}` names, in words: the step's title and the field; red with the word *missing* where there is none. */
export function InfoChip({ raw }: { raw: string }) {
  const { t } = useTranslation("forms");
  const { info, lastValue } = useFormWorld();
  const ref = parseRef(raw);
  const known = ref && findInfo(info, ref);
  if (!ref || !known) {
    return (
      <span className={clsx(css.chip, css.missing)} title={t("info.missingHelp", { name: raw })}>
        <CircleAlert aria-hidden="true" />
        {ref?.path.at(-1) ?? ref?.node ?? raw} · {t("info.missing")}
      </span>
    );
  }
  const last = preview(lastValue(ref.node, ref.path), 200);
  const colour = { "--group": `var(--${known.step.group.toLowerCase()})` } as CSSProperties;
  return (
    <span className={css.chip} style={colour} title={last ? t("info.last", { value: last }) : undefined}>
      <span className={css.dot} aria-hidden="true" />
      <span className={css.step}>{known.step.title}</span>
      {known.title && <span className={css.field}>{known.title}</span>}
      {ref.filters && <span className={css.filters}>{filterWords(ref.filters)}</span>}
    </span>
  );
}

/** `| default("none") | upper` as it is, without the bars: filters are for those who write them. */
const filterWords = (filters: string) => filters.replace(/^\|\s*/, "").replace(/\s*\|\s*/g, ", ");
