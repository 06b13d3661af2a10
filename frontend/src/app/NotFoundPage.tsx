import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, EmptyState } from "@/ui";
import css from "./pages.module.css";

export function NotFoundPage() {
  const { t } = useTranslation("common");
  return (
    <div className={css.centred}>
      <title>{`${t("notFound.title")} · Treadle`}</title>
      <EmptyState
        as="h1"
        icon={<Compass />}
        title={t("notFound.title")}
        action={
          <Button asChild look="primary">
            <Link to="/">{t("action.home")}</Link>
          </Button>
        }
      >
        {t("notFound.text")}
      </EmptyState>
    </div>
  );
}
