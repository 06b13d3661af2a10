import { useTranslation } from "react-i18next";
import { Banner } from "@/ui";

/** Tells a viewer why there is nothing to press here, and who can change that. */
export function LookingOnly({ flush }: { flush?: boolean }) {
  const { t } = useTranslation("members");
  return (
    <Banner tone="info" title={t("viewer.title")} flush={flush}>
      {t("viewer.text")}
    </Banner>
  );
}
