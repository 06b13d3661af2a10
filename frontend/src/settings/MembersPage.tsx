import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mayOf } from "@/api/may";
import { membersQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Loading, Page, Section } from "@/ui";
import { InviteDialog } from "./InviteDialog";
import { LeaveWorkspace } from "./LeaveWorkspace";
import { MemberRow } from "./MemberRow";
import { OpenInvites } from "./OpenInvites";
import css from "./people.module.css";

/** Who is in the workspace; owners invite, change roles and remove here. */
export default function MembersPage() {
  const { t } = useTranslation("members");
  const { t: common } = useTranslation("common");
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { data: members, error, refetch } = useQuery(membersQuery);
  const [isInviting, setInviting] = useState(false);
  const may = mayOf(session.role);
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      action={
        may.own && (
          <Button look="primary" icon={<UserPlus />} onClick={() => setInviting(true)}>
            {t("invite")}
          </Button>
        )
      }
    >
      <Section card title={session.workspace.name} text={may.own ? undefined : t("onlyOwners")}>
        <FaultBanner error={error} onRetry={() => void refetch()} />
        {!members && !error && <Loading label={common("state.loading")} lines={3} />}
        {members && (
          <ul className={css.list}>
            {members.map((member) => (
              <li key={member.id}>
                <MemberRow member={member} mayChange={may.own} />
              </li>
            ))}
          </ul>
        )}
      </Section>
      {may.own && <OpenInvites />}
      <LeaveWorkspace workspace={session.workspace.name} />
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}
