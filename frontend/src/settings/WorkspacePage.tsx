import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { workspace as endpoint, session as sessions } from "@/api/endpoints";
import { mayOf } from "@/api/may";
import { sessionQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { Badge, Button, Field, Input, Page, Section, toast } from "@/ui";
import { BrokenTypes } from "./BrokenTypes";
import css from "./people.module.css";

/** What the workspace is called, and going to another one. */
export default function WorkspacePage() {
  const { t } = useTranslation("members");
  const { data: session } = useSuspenseQuery(sessionQuery);
  const may = mayOf(session.role);
  return (
    <Page title={t("workspace.title")} lead={t("workspace.lead")}>
      {may.own && <Rename key={session.workspace.id} session={session} />}
      <Section card title={t("workspace.others")} text={t("workspace.othersText")}>
        <ul className={css.list}>
          {session.workspaces.map((workspace) => (
            <li key={workspace.id}>
              <WorkspaceRow workspace={workspace} isHere={workspace.id === session.workspace.id} />
            </li>
          ))}
        </ul>
      </Section>
      {may.own && <NewWorkspace />}
      <BrokenTypes />
    </Page>
  );
}

function Rename({ session }: { session: Session }) {
  const { t } = useTranslation("members");
  const queries = useQueryClient();
  const [name, setName] = useState(session.workspace.name);
  const rename = useMutation({
    mutationFn: () => endpoint.rename(name.trim()),
    onSuccess: () => {
      toast.done(t("workspace.saved"));
      return queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  const isSame = !name.trim() || name.trim() === session.workspace.name;
  return (
    <Section card title={session.workspace.name}>
      <form className={css.narrow} onSubmit={submit}>
        <Field label={t("workspace.name")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <FaultBanner error={rename.error} />
        <div>
          <Button type="submit" busy={rename.isPending} disabled={isSame}>
            {t("workspace.save")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function WorkspaceRow({ workspace, isHere }: { workspace: Session["workspaces"][number]; isHere: boolean }) {
  const { t } = useTranslation("members");
  const go = useMutation({
    mutationFn: () => sessions.switchWorkspace(workspace.id),
    // Loaded anew: nothing of the workspace one leaves stays behind in this window.
    onSuccess: () => location.assign("/"),
    onError: toastFault,
  });
  return (
    <div className={css.row}>
      <div className={css.words}>
        <p className={css.name}>{workspace.name}</p>
        <p className={css.quiet}>{t(`role.${workspace.role}`)}</p>
      </div>
      {isHere ? (
        <Badge tone="ok">{t("workspace.current")}</Badge>
      ) : (
        <Button size="s" busy={go.isPending} onClick={() => go.mutate()}>
          {t("workspace.switch")}
        </Button>
      )}
    </div>
  );
}

function NewWorkspace() {
  const { t } = useTranslation("members");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => endpoint.create(name.trim()),
    onSuccess: (made) => {
      setName("");
      toast.done(t("workspace.created", { name: made.name }));
      return queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Section card title={t("workspace.new")}>
      <form className={css.narrow} onSubmit={submit}>
        <Field label={t("workspace.newName")}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <FaultBanner error={create.error} />
        <div>
          <Button type="submit" busy={create.isPending} disabled={!name.trim()}>
            {t("workspace.create")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
