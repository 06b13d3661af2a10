import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { usersQuery } from "@/api/queries";
import { Banner } from "@/ui";

const MOST_NAMED = 5;

/** Which other apps use this one as a step, and what becomes of them. Nothing where none does. */
export function UsedBy({ app, what }: { app: string; what: "deleted" | "off" | "published" }) {
  const { t, i18n } = useTranslation("common");
  const { data } = useQuery(usersQuery(app));
  if (!data || data.length === 0) return null;
  const named = data.slice(0, MOST_NAMED).map(({ name }) => t("usedBy.name", { name }));
  const rest = data.length - named.length;
  const all = rest > 0 ? [...named, t("usedBy.more", { count: rest })] : named;
  const apps = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(all);
  return (
    <Banner tone={what === "published" ? "info" : "warn"} title={t("usedBy.title", { apps })}>
      {t(`usedBy.${what}`, { count: data.length })}
    </Banner>
  );
}
