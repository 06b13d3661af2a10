import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { session as endpoint } from "@/api/endpoints";
import { sessionQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Input, Section, toast } from "@/ui";
import css from "./settings.module.css";

/** The address one signs in with. Who has a password must enter it, so that an unlocked screen is not enough. */
export function Email({ session }: { session: Session }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [email, setEmail] = useState(session.user.email);
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => endpoint.setEmail(email.trim(), password),
    onSuccess: (now) => {
      setPassword("");
      setEmail(now.user.email);
      queries.setQueryData(sessionQuery.queryKey, now);
      toast.done(t("email.done", { email: now.user.email }));
    },
  });
  const isSame = !email.trim() || email.trim() === session.user.email;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isSame) change.mutate();
  };
  return (
    <Section card title={t("email.title")}>
      <form className={css.form} onSubmit={submit} noValidate>
        <Field label={t("email.label")} help={t("email.help")}>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="email"
              maxLength={254}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        {session.has_password && !isSame && (
          <Field label={t("email.password")}>
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
        )}
        <FaultBanner error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending} disabled={isSame}>
            {t("email.change")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
