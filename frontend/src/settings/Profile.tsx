import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { session as endpoint } from "@/api/endpoints";
import { sessionQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Field, Input, Section, toast } from "@/ui";
import css from "./settings.module.css";

export function Profile({ session }: { session: Session }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [name, setName] = useState(session.user.name);
  const save = useMutation({
    mutationFn: () => endpoint.update({ name: name.trim() }),
    onSuccess: (now) => {
      queries.setQueryData(sessionQuery.queryKey, now);
      toast.done(t("profile.saved"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Section card title={t("profile.title")}>
      <form className={css.form} onSubmit={submit}>
        <Field label={t("profile.name")} help={t("profile.nameHelp")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              autoComplete="name"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <FaultBanner error={save.error} />
        <div>
          <Button type="submit" busy={save.isPending} disabled={name.trim() === session.user.name}>
            {t("profile.save")}
          </Button>
        </div>
      </form>
      <dl className={css.facts}>
        <div>
          <dt>{t("profile.email")}</dt>
          <dd>{session.user.email}</dd>
        </div>
        <div>
          <dt>{t("profile.workspace")}</dt>
          <dd>{session.workspace.name}</dd>
        </div>
        <div>
          <dt>{t("profile.role")}</dt>
          <dd>{t(`role.${session.role}`)}</dd>
        </div>
      </dl>
    </Section>
  );
}
