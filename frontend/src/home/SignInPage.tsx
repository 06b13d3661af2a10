import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { session } from "@/api/endpoints";
import { sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, CopyField, Field, Input } from "@/ui";
import { Gate } from "./Gate";
import css from "./Gate.module.css";
import { nextPage } from "./nextPage";

export default function SignInPage() {
  const { t } = useTranslation("home");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [wasSent, setSent] = useState(false);
  const signIn = useMutation({
    mutationFn: async () => {
      await session.get().catch(() => null); // brings the CSRF token
      return session.signIn(email.trim(), password);
    },
    onSuccess: (now) => {
      queries.setQueryData(sessionQuery.queryKey, now);
      void navigate(nextPage(location.search), { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (email.trim() && password) signIn.mutate();
  };
  return (
    <Gate title={t("signIn.title")}>
      <form className={css.form} onSubmit={submit} noValidate>
        <FaultBanner error={signIn.error} />
        <Field label={t("signIn.email")} error={wasSent && !email.trim() && t("signIn.missing")}>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("signIn.password")} error={wasSent && !password && t("signIn.missing")}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Button look="primary" type="submit" busy={signIn.isPending}>
          {t("signIn.submit")}
        </Button>
      </form>
      <div className={css.help}>
        <p>{t("signIn.help")}</p>
        <CopyField label="make link" value="make link" />
      </div>
    </Gate>
  );
}
