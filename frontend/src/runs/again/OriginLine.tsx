import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { nodesQuery } from "@/api/queries";
import type { SeenOrigin } from "@/api/types";
import css from "./Again.module.css";
import { originTitle } from "./originTitle";

/** In a list of runs, beneath one that went on from a step of another: from which, and the way there. */
export function OriginLine({ app, origin }: { app: string; origin: SeenOrigin }) {
  const { t, i18n } = useTranslation("runs");
  const { data } = useQuery(nodesQuery);
  const step = originTitle(origin, data?.nodes ?? [], i18n.language);
  return (
    <p className={css.origin}>
      <History aria-hidden="true" />
      <span>{step ? t("again.mark", { step }) : t("again.markSome")}</span>
      {origin.is_kept ? (
        <Link to={`/apps/${app}/runs/${origin.run}`}>{t("again.openFrom")}</Link>
      ) : (
        <span>{t("again.gone")}</span>
      )}
    </p>
  );
}
