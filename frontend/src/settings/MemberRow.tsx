import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members as endpoint } from "@/api/endpoints";
import { invitesQuery, membersQuery, sessionQuery } from "@/api/queries";
import type { Member, Role } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Badge, Button, ConfirmDialog, Select, toast } from "@/ui";
import css from "./people.module.css";
import { roleOptions } from "./roles";

/** One member: name, address, role. For owners the role can be chosen and the person removed. */
export function MemberRow({ member, mayChange }: { member: Member; mayChange: boolean }) {
  const { t, i18n } = useTranslation("members");
  const queries = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const name = member.name || member.email;
  const freshen = async () => {
    await queries.invalidateQueries({ queryKey: membersQuery.queryKey });
    await queries.invalidateQueries({ queryKey: invitesQuery.queryKey });
    if (member.is_you) await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  const setRole = useMutation({
    mutationFn: (role: Role) => endpoint.setRole(member.id, role),
    onSuccess: (now) => {
      toast.done(t("roleChanged", { name, role: t(`role.${now.role}`) }));
      return freshen();
    },
    onError: toastFault,
  });
  const remove = useMutation({
    mutationFn: () => endpoint.remove(member.id),
    onSuccess: () => {
      setRemoving(false);
      toast.done(t("removed", { name }));
      return freshen();
    },
    onError: (error) => {
      setRemoving(false);
      toastFault(error);
    },
  });
  return (
    <div className={css.row}>
      <div className={css.words}>
        <p className={css.name}>
          {name}
          {member.is_you && <Badge>{t("you")}</Badge>}
        </p>
        <p className={css.quiet}>
          {member.email} · {t("joined", { when: ago(member.joined_at, i18n.language) })}
        </p>
      </div>
      {mayChange ? (
        <div className={css.role}>
          <Select
            aria-label={t("change", { name })}
            value={setRole.isPending ? setRole.variables : member.role}
            onChange={(role) => setRole.mutate(role as Role)}
            options={roleOptions(t)}
            disabled={setRole.isPending}
          />
        </div>
      ) : (
        <Badge>{t(`role.${member.role}`)}</Badge>
      )}
      {mayChange && !member.is_you && (
        <Button size="s" look="danger" onClick={() => setRemoving(true)}>
          {t("remove")}
        </Button>
      )}
      <ConfirmDialog
        open={isRemoving}
        onOpenChange={setRemoving}
        title={t("removeTitle", { name })}
        description={t("removeText", { name })}
        action={t("remove")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </div>
  );
}
