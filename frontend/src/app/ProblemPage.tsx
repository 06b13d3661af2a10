import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { asApiError } from "@/api/errors";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Button, CopyField, Disclosure, EmptyState } from "@/ui";
import { NotFoundPage } from "./NotFoundPage";
import css from "./pages.module.css";

/** A page whose data could not be fetched: what happened, what to do, and the details for whoever helps. */
export function ProblemPage({ error }: { error: unknown }) {
  const { t } = useTranslation("common");
  if (asApiError(error).code === "not_found") return <NotFoundPage />;
  const { message, hint, details } = wordsOfThrown(error);
  return (
    <div className={css.centred} role="alert">
      <EmptyState
        as="h1"
        icon={<CloudOff />}
        title={message}
        action={
          <div className={css.actions}>
            <Button look="primary" onClick={() => location.reload()}>
              {t("action.reload")}
            </Button>
            <Button asChild>
              <Link to="/">{t("action.home")}</Link>
            </Button>
          </div>
        }
      >
        {hint}
      </EmptyState>
      {details && (
        <div className={css.details}>
          <Disclosure label={t("action.showDetails")}>
            <CopyField block label={t("action.showDetails")} value={details} />
          </Disclosure>
        </div>
      )}
    </div>
  );
}
