import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { invites, session as sessions } from "@/api/endpoints";
import { asApiError } from "@/api/errors";
import type { Invitation, NewPerson, Session } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Banner, Button, Field, Input, Progress } from "@/ui";
import { Gate } from "./Gate";
import css from "./Gate.module.css";
import { forgetInviteToken, takeInviteToken } from "./inviteToken";

/** Where an invitation's link leads: `/join#<token>`. Joins as who is signed in, or with a new account. */
export default function JoinPage() {
  const { t } = useTranslation("members");
  const [token] = useState(takeInviteToken);
  const { data, error, refetch } = useQuery({
    queryKey: ["invitation", token],
    queryFn: async () => {
      // Asked first: it brings the CSRF token. No session is an answer here, not a fault.
      const session = await sessions.get().catch((fault) => {
        if (asApiError(fault).code === "signed_out") return null;
        throw fault;
      });
      return { session, invitation: await invites.look(token) };
    },
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [isOther, setOther] = useState(false);

  if (!token || error) {
    return (
      <Gate title={t("join.failed")}>
        {error ? (
          <FaultBanner
            error={error}
            onRetry={
              asApiError(error).status >= 500 || !asApiError(error).status ? () => void refetch() : undefined
            }
          />
        ) : (
          <Banner tone="bad" live title={t("join.noLink")}>
            {t("join.noLinkText")}
          </Banner>
        )}
        <Button asChild>
          <Link to="/">{t("join.home")}</Link>
        </Button>
      </Gate>
    );
  }
  if (!data) {
    return (
      <Gate title={t("join.title")}>
        <Progress label={t("join.title")} />
      </Gate>
    );
  }
  const { session, invitation } = data;
  return (
    <Gate title={t("join.title")}>
      <p>
        {t("join.text", {
          by: invitation.invited_by,
          workspace: invitation.workspace,
          role: t(`role.${invitation.role}`),
        })}
      </p>
      {session && !isOther ? (
        <AsMyself token={token} session={session} invitation={invitation} onOther={() => setOther(true)} />
      ) : (
        <AsSomeoneNew token={token} invitation={invitation} />
      )}
    </Gate>
  );
}

/** Joins, then loads the console anew in the workspace one has joined. */
function useAccept(token: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (person: NewPerson | null) => invites.accept(token, person),
    onSuccess: () => {
      forgetInviteToken();
      queries.clear();
      location.assign("/");
    },
  });
}

function AsMyself({
  token,
  session,
  invitation,
  onOther,
}: {
  token: string;
  session: Session;
  invitation: Invitation;
  onOther: () => void;
}) {
  const { t } = useTranslation("members");
  const accept = useAccept(token);
  return (
    <>
      <p>{t("join.asYou", { email: session.user.email })}</p>
      <FaultBanner error={accept.error} />
      <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate(null)}>
        {t("join.accept", { workspace: invitation.workspace })}
      </Button>
      <Button onClick={onOther}>{t("join.notYou")}</Button>
    </>
  );
}

function AsSomeoneNew({ token, invitation }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation("members");
  const accept = useAccept(token);
  const [person, setPerson] = useState<NewPerson>({ name: "", email: invitation.email, password: "" });
  const [wasSent, setSent] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (person.name.trim() && person.email.trim() && person.password) accept.mutate(person);
  };
  const missing = (value: string) => wasSent && !value.trim() && t("join.missing");
  return (
    <>
      <form className={css.form} onSubmit={submit} noValidate>
        <Field label={t("join.name")} error={missing(person.name)}>
          {(control) => (
            <Input
              {...control}
              autoComplete="name"
              maxLength={100}
              value={person.name}
              onChange={(event) => setPerson({ ...person, name: event.target.value })}
            />
          )}
        </Field>
        <Field
          label={t("join.email")}
          help={invitation.email ? t("join.emailFixed") : undefined}
          error={missing(person.email)}
        >
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="username"
              maxLength={254}
              readOnly={invitation.email !== ""}
              value={person.email}
              onChange={(event) => setPerson({ ...person, email: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("join.password")} help={t("join.passwordHelp")} error={missing(person.password)}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              value={person.password}
              onChange={(event) => setPerson({ ...person, password: event.target.value })}
            />
          )}
        </Field>
        <FaultBanner error={accept.error} />
        <Button look="primary" type="submit" busy={accept.isPending}>
          {t("join.submit")}
        </Button>
      </form>
      <Button asChild>
        <Link to="/sign-in?next=/join">{t("join.haveAccount")}</Link>
      </Button>
    </>
  );
}
