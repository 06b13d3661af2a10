import { Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { ApiError } from "@/api/errors";
import { Button, CopyField, Disclosure, EmptyState } from "@/ui";
import { NotFoundPage } from "./NotFoundPage";
import { ProblemPage } from "./ProblemPage";
import css from "./pages.module.css";

/** What a person sees when a page breaks; the technical text waits behind "Show details". */
export function CrashPage() {
  const { t } = useTranslation("common");
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  if (error instanceof ApiError) return <ProblemPage error={error} />;
  const details = error instanceof Error ? `${error.message}\n\n${error.stack ?? ""}` : String(error);
  return (
    <div className={css.centred} role="alert">
      <EmptyState
        as="h1"
        icon={<Wrench />}
        title={t("crash.title")}
        action={
          <Button look="primary" onClick={() => location.reload()}>
            {t("action.reload")}
          </Button>
        }
      >
        {t("crash.text")}
      </EmptyState>
      <div className={css.details}>
        <Disclosure label={t("action.showDetails")}>
          <CopyField block label={t("action.showDetails")} value={details} />
        </Disclosure>
      </div>
    </div>
  );
}
