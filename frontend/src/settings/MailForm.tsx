import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { mail } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { mailQuery } from "@/api/queries";
import type { MailServer, MailServerChange } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { Button, ConfirmDialog, Field, Input, NumberField, Select, toast } from "@/ui";
import css from "./retention.module.css";

type Security = MailServerChange["security"];
const USUAL_PORT: Record<Security, number> = { tls: 465, starttls: 587, none: 25 };

/** Sets the mail server, or takes it away. */
export function MailForm({ server }: { server: MailServer | null }) {
  const { t } = useTranslation("mail");
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [draft, setDraft] = useState({
    host: server?.host ?? "",
    port: server?.port ?? USUAL_PORT.tls,
    security: (server?.security ?? "tls") as Security,
    username: server?.username ?? "",
    password: "",
    sender: server?.sender ?? "",
    sender_name: server?.sender_name ?? "",
  });
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: () => mail.set({ ...draft, password: draft.password || null }),
    onSuccess: (now) => {
      toast.done(t("form.saved"));
      queries.setQueryData(mailQuery.queryKey, now);
    },
  });
  const remove = useMutation({
    mutationFn: mail.remove,
    onSuccess: () => toast.done(t("form.removed")),
    onError: toastFault,
    onSettled: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: mailQuery.queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const fault = save.error instanceof ApiError ? save.error : null;
  const at = (field: string) => (fault?.field === field ? fault.message : null);
  const text = (name: "host" | "username" | "sender" | "sender_name", label: string, help?: string) => (
    <Field label={label} help={help} error={at(name)}>
      {(control) => (
        <Input
          {...control}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form className={css.form} onSubmit={submit}>
      {text("host", t("form.host"), t("form.hostHelp"))}
      <Field label={t("form.security")} error={at("security")}>
        {(control) => (
          <Select
            {...control}
            value={draft.security}
            options={[
              { value: "tls", label: t("form.tls") },
              { value: "starttls", label: t("form.starttls") },
              { value: "none", label: t("form.plain") },
            ]}
            onChange={(chosen) => {
              const security = chosen as Security;
              const isUsual = draft.port === USUAL_PORT[draft.security];
              change({ security, port: isUsual ? USUAL_PORT[security] : draft.port });
            }}
          />
        )}
      </Field>
      <Field label={t("form.port")} error={at("port")}>
        {(control) => (
          <NumberField
            {...control}
            value={draft.port}
            min={1}
            max={65_535}
            onChange={(port) => change({ port: port ?? USUAL_PORT[draft.security] })}
          />
        )}
      </Field>
      {text("username", t("form.username"), t("form.usernameHelp"))}
      <Field
        label={t("form.password")}
        help={server?.has_password ? t("form.passwordKept") : t("form.passwordHelp")}
        error={at("password")}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            value={draft.password}
            onChange={(event) => change({ password: event.target.value })}
          />
        )}
      </Field>
      {text("sender", t("form.sender"), t("form.senderHelp"))}
      {text("sender_name", t("form.senderName"))}
      {!fault?.field && <FaultBanner error={save.error} />}
      <div>
        <Button type="submit" look="primary" busy={save.isPending} disabled={!draft.host || !draft.sender}>
          {t("form.save")}
        </Button>{" "}
        {server && (
          <Button look="danger" onClick={() => setAsking(true)}>
            {t("form.remove")}
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("form.removeTitle")}
        description={t("form.removeText")}
        action={t("form.remove")}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </form>
  );
}
