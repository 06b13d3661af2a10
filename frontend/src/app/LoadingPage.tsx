import { useTranslation } from "react-i18next";
import { Loading } from "@/ui";

export function LoadingPage() {
  const { t } = useTranslation("common");
  return <Loading label={t("state.loading")} lines={5} />;
}
