import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { session } from "@/api/endpoints";
import { asApiError } from "@/api/errors";
import { sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Banner, Button, CopyField, Progress } from "@/ui";
import { Gate } from "./Gate";
import css from "./Gate.module.css";

/** Taken out of the address at once, so that it stays in no history and no screenshot. */
function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(history.state, "", location.pathname);
  return token;
}

/** Where the printed link leads: `/welcome#<token>`. Signs in once and goes on to Home. */
export default function WelcomePage() {
  const { t } = useTranslation("home");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [token] = useState(takeToken);
  const [fault, setFault] = useState<unknown>(null);

  const signIn = useCallback(
    async (isCurrent: () => boolean) => {
      setFault(null);
      try {
        // Whoever is signed in already gets a CSRF token this way; the rest get one too.
        const already = await session.get().catch(() => null);
        const now = await session.signInByLink(token).catch((error: unknown) => {
          // A link that was opened twice: the person is in, and that is all they wanted.
          if (already) return already;
          throw error;
        });
        if (!isCurrent()) return;
        queries.setQueryData(sessionQuery.queryKey, now);
        void navigate("/", { replace: true });
      } catch (error) {
        if (isCurrent()) setFault(error);
      }
    },
    [token, navigate, queries],
  );

  useEffect(() => {
    if (!token) return;
    let current = true;
    // A link works once: strict mode's second mount must not use it up.
    const start = setTimeout(() => void signIn(() => current));
    return () => {
      current = false;
      clearTimeout(start);
    };
  }, [token, signIn]);

  if (token && !fault) {
    return (
      <Gate title={t("welcome.title")}>
        <Progress label={t("welcome.title")} />
      </Gate>
    );
  }
  // A link that was used, or one opened on another computer, will not work the second time either.
  const mayWorkLater = fault !== null && !(asApiError(fault).status >= 400 && asApiError(fault).status < 500);
  return (
    <Gate title={t("welcome.failedTitle")}>
      {fault ? <FaultBanner error={fault} /> : <Banner tone="bad" live title={t("welcome.noToken")} />}
      <div className={css.help}>
        <p>{t("welcome.fresh")}</p>
        <CopyField label="make link" value="make link" />
      </div>
      {mayWorkLater && (
        <Button look="primary" onClick={() => void signIn(() => true)}>
          {t("welcome.retry")}
        </Button>
      )}
      <Button asChild>
        <Link to="/sign-in">{t("welcome.password")}</Link>
      </Button>
    </Gate>
  );
}
