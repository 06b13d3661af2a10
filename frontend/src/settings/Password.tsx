import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { session as endpoint } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { sessionQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Button, Field, Input, Section, toast } from "@/ui";
import css from "./settings.module.css";

const SHORTEST = 10;

export function Password({ session }: { session: Session }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const [old, setOld] = useState("");
  const [isShort, setShort] = useState(false);
  const set = useMutation({
    mutationFn: () => endpoint.setPassword(password, old),
    onSuccess: () => {
      setPassword("");
      setOld("");
      toast.done(t("password.done"));
      queries.setQueryData(sessionQuery.queryKey, (old) => old && { ...old, has_password: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShort(password.length < SHORTEST);
    if (password.length >= SHORTEST) set.mutate();
  };
  const fault = set.error ? wordsOfThrown(set.error) : null;
  const isOldWrong = set.error instanceof ApiError && set.error.code === "old_password_wrong";
  const words = fault && [fault.message, fault.hint].join(" ");
  const error = isShort ? t("password.short") : isOldWrong ? null : words;
  return (
    <Section
      card
      title={t("password.title")}
      text={session.has_password ? t("password.has") : t("password.none")}
    >
      <form className={css.form} onSubmit={submit} noValidate>
        {/* Password managers want to know whose password this is. */}
        <input type="text" autoComplete="username" value={session.user.email} readOnly hidden />
        {session.has_password && (
          <Field label={t("password.old")} error={isOldWrong && words}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="current-password"
                value={old}
                onChange={(event) => setOld(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label={t("password.new")} help={t("password.help")} error={error}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                setShort(false);
              }}
            />
          )}
        </Field>
        <div>
          <Button type="submit" busy={set.isPending} disabled={!password}>
            {t("password.set")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
