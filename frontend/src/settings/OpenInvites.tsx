import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { invites as endpoint } from "@/api/endpoints";
import { invitesQuery } from "@/api/queries";
import type { Invite } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { day } from "@/i18n/time";
import { Button, ConfirmDialog, Section, toast } from "@/ui";
import css from "./people.module.css";

/** Invitations that nobody has accepted yet. */
export function OpenInvites() {
  const { t } = useTranslation("members");
  const { data: invites, error, refetch } = useQuery(invitesQuery);
  return (
    <Section card title={t("open.title")} text={t("open.text")}>
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {invites?.length === 0 && <p className={css.quiet}>{t("open.none")}</p>}
      {invites && invites.length > 0 && (
        <ul className={css.list}>
          {invites.map((invite) => (
            <li key={invite.id}>
              <InviteRow invite={invite} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function InviteRow({ invite }: { invite: Invite }) {
  const { t, i18n } = useTranslation("members");
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const withdraw = useMutation({
    mutationFn: () => endpoint.withdraw(invite.id),
    onSuccess: () => toast.done(t("open.withdrawn")),
    onError: toastFault,
    onSettled: () => {
      setAsking(false);
      // Also when it failed: then it was used or withdrawn meanwhile.
      return queries.invalidateQueries({ queryKey: invitesQuery.queryKey });
    },
  });
  return (
    <div className={css.row}>
      <div className={css.words}>
        <p className={css.name}>{invite.email || t("open.anyone")}</p>
        <p className={css.quiet}>
          {t("open.until", {
            role: t(`role.${invite.role}`),
            until: day(invite.expires_at, i18n.language),
            by: invite.invited_by,
          })}
        </p>
      </div>
      <Button size="s" look="danger" onClick={() => setAsking(true)}>
        {t("open.withdraw")}
      </Button>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("open.withdrawTitle")}
        description={t("open.withdrawText")}
        action={t("open.withdraw")}
        busy={withdraw.isPending}
        onConfirm={() => withdraw.mutate()}
      />
    </div>
  );
}
