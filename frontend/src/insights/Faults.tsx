import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Insights } from "@/api/types";
import { errorWords } from "@/i18n/errorWords";
import { Button, Section } from "@/ui";
import { faultLink } from "./figures";
import css from "./insights.module.css";
import { useStepTitle } from "./useStepTitle";

/** What goes wrong most often, in plain words, with the way to what mends it. */
export function Faults({ app, faults }: { app: string; faults: Insights["faults"] }) {
  const { t } = useTranslation("insights");
  const titleOf = useStepTitle(app);
  return (
    <Section card title={t("faults.title")}>
      <ul className={css.faults}>
        {faults.map((fault) => {
          const { message, hint } = errorWords(fault.error);
          return (
            <li key={`${fault.error.code} ${fault.run}`} className={css.fault}>
              <CircleAlert className={css.icon} data-tone="bad" aria-hidden="true" />
              <div className={css.words}>
                <p className={css.what}>{message}</p>
                {hint && <p className={css.quiet}>{hint}</p>}
                <p className={css.quiet}>
                  {[t("faults.times", { count: fault.count }), fault.path && titleOf(fault.path)]
                    .filter(Boolean)
                    .join(" · ")}
                </p>
              </div>
              <div className={css.ways}>
                {fault.path && (
                  <Button size="s" asChild>
                    <Link to={faultLink(app, fault)} aria-label={t("faults.fixOf", { what: message })}>
                      {t("faults.fix")}
                    </Link>
                  </Button>
                )}
                <Button size="s" look="quiet" asChild>
                  <Link
                    to={`/apps/${app}/runs/${fault.run}`}
                    aria-label={t("faults.runOf", { what: message })}
                  >
                    {t("faults.run")}
                  </Link>
                </Button>
              </div>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
