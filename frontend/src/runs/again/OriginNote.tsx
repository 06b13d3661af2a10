import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { SeenOrigin } from "@/api/types";
import { Banner } from "@/ui";

export interface OriginNoteProps {
  app: string;
  origin: SeenOrigin;
  /** What the step is called that it began with; "" where that is not known any more. */
  step: string;
}

/** Of a run that went on from another: from which, and from which step. */
export function OriginNote({ app, origin, step }: OriginNoteProps) {
  const { t } = useTranslation("runs");
  return (
    <Banner
      title={step ? t("again.from", { step }) : t("again.fromSome")}
      actions={origin.is_kept && <Link to={`/apps/${app}/runs/${origin.run}`}>{t("again.openFrom")}</Link>}
    >
      {t("again.fromHelp")} {!origin.is_kept && t("again.gone")}
    </Banner>
  );
}
