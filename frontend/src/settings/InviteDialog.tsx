import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { invites as endpoint } from "@/api/endpoints";
import { invitesQuery } from "@/api/queries";
import type { Role } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { day } from "@/i18n/time";
import { Button, CopyField, Dialog, Field, Input, Select } from "@/ui";
import css from "./people.module.css";
import { roleOptions } from "./roles";

const DAYS = [1, 7, 30];

/** Asks as what to invite and whom, then shows the link, once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("members");
  const queries = useQueryClient();
  const form = useId();
  const [role, setRole] = useState<Role>("editor");
  const [email, setEmail] = useState("");
  const [days, setDays] = useState(7);
  const create = useMutation({
    mutationFn: () => endpoint.create({ role, email: email.trim(), days }),
    onSuccess: () => queries.invalidateQueries({ queryKey: invitesQuery.queryKey }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!create.isPending) create.mutate();
  };
  if (create.data) {
    const { invite, path } = create.data;
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t("dialog.doneTitle")}
        description={t("dialog.doneText", {
          role: t(`role.${invite.role}`),
          until: day(invite.expires_at, i18n.language),
        })}
        footer={
          <Button look="primary" onClick={onClose}>
            {t("dialog.done")}
          </Button>
        }
      >
        <CopyField label={t("dialog.link")} value={location.origin + path} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("dialog.title")}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button look="primary" type="submit" form={form} busy={create.isPending}>
            {t("dialog.create")}
          </Button>
        </>
      }
    >
      <form id={form} className={css.form} onSubmit={submit} noValidate>
        <FaultBanner error={create.error} />
        <Field label={t("dialog.role")} help={t(`roleMeans.${role}`)}>
          {(control) => (
            <Select
              {...control}
              value={role}
              onChange={(chosen) => setRole(chosen as Role)}
              options={roleOptions(t)}
            />
          )}
        </Field>
        <Field label={t("dialog.email")} optional={t("dialog.emailOptional")} help={t("dialog.emailHelp")}>
          {(control) => (
            <Input
              {...control}
              type="email"
              value={email}
              maxLength={254}
              autoComplete="off"
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label={t("dialog.days")}>
          {(control) => (
            <Select
              {...control}
              value={String(days)}
              onChange={(chosen) => setDays(Number(chosen))}
              options={DAYS.map((count) => ({
                value: String(count),
                label: t("dialog.daysCount", { count }),
              }))}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
