import { useTranslation } from "react-i18next";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Banner, Button, Disclosure } from "@/ui";
import css from "./FaultBanner.module.css";

export interface FaultBannerProps {
  /** What was thrown; nothing is shown without one. */
  error: unknown;
  /** Offered as "Try again". */
  onRetry?: () => void;
  /** Another way out, beside or instead of trying again. */
  action?: React.ReactNode;
}

/** An error where it belongs: what happened, what to do, the server's own words on demand. */
export function FaultBanner({ error, onRetry, action }: FaultBannerProps) {
  const { t } = useTranslation("common");
  if (!error) return null;
  const { message, hint, details } = wordsOfThrown(error);
  return (
    <Banner
      tone="bad"
      live
      title={message}
      actions={
        (onRetry || action) && (
          <>
            {action}
            {onRetry && (
              <Button size="s" onClick={onRetry}>
                {t("action.retry")}
              </Button>
            )}
          </>
        )
      }
    >
      {hint}
      {details && (
        <Disclosure label={t("action.showDetails")}>
          <p className={css.details}>{details}</p>
        </Disclosure>
      )}
    </Banner>
  );
}
