import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { nodesQuery } from "@/api/queries";
import { Badge, Section } from "@/ui";
import css from "./people.module.css";

/** The packs of steps that were installed and cannot be used, each with its reason; nothing where all can. */
export function BrokenTypes() {
  const { t } = useTranslation("members");
  const broken = useQuery(nodesQuery).data?.broken ?? [];
  if (broken.length === 0) return null;
  return (
    <Section card title={t("brokenTypes.title")} text={t("brokenTypes.text")}>
      <ul className={css.list}>
        {broken.map(({ name, reason }) => (
          <li key={name}>
            <div className={css.row}>
              <div className={css.words}>
                <p className={css.name}>{name}</p>
                <p className={css.quiet}>{reason}</p>
              </div>
              <Badge tone="warn">{t("brokenTypes.missing")}</Badge>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
