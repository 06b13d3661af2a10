import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Disclosure, Field, Input, Progress } from "@/ui";
import { toolSources } from "./endpoints";
import { RemarkBanner } from "./RemarkBanner";
import css from "./tools.module.css";

export interface SignInDialogProps {
  source: ToolSource;
  onClose: () => void;
}

/** Finds out where one signs in at a source, and shows the person the way there: they go by their own click. */
export function SignInDialog({ source, onClose }: SignInDialogProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const formId = useId();
  const [client, setClient] = useState({ client_id: "", client_secret: "" });
  const key = ["tool-sign-in", source.id];
  const begin = useMutation({
    mutationFn: () => toolSources.beginSignIn(source.id, client),
    onSuccess: (begun) => queries.setQueryData(key, begun),
  });
  const { data: now } = useQuery({
    queryKey: key,
    queryFn: () => toolSources.signIn(source.id),
    enabled: begin.isSuccess,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.data?.phase === "preparing" ? 700 : false),
  });
  const found = begin.isSuccess ? now : undefined;
  const isLooking = begin.isPending || found?.phase === "preparing";
  const needsClient = found?.error?.code === "sign_in_needs_client";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isLooking) begin.mutate();
  };
  const fields = (
    <>
      <Field label={t("signIn.clientId")}>
        {(control) => (
          <Input
            {...control}
            value={client.client_id}
            maxLength={500}
            autoComplete="off"
            onChange={({ target }) => setClient({ ...client, client_id: target.value })}
          />
        )}
      </Field>
      <Field label={t("signIn.clientSecret")} help={t("signIn.clientSecretHelp")}>
        {(control) => (
          <Input
            {...control}
            type="password"
            value={client.client_secret}
            maxLength={2_000}
            autoComplete="off"
            onChange={({ target }) => setClient({ ...client, client_secret: target.value })}
          />
        )}
      </Field>
    </>
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("signIn.title", { name: source.name })}
      description={t("signIn.text")}
      footer={
        found?.address ? (
          <Button look="primary" asChild>
            <a href={found.address} rel="noreferrer">
              {t("signIn.go", { host: found.host })}
            </a>
          </Button>
        ) : (
          <Button look="primary" type="submit" form={formId} busy={isLooking}>
            {t("signIn.continue")}
          </Button>
        )
      }
    >
      {found?.address ? (
        <div className={css.form}>
          <p>{t("signIn.found")}</p>
          <p className={css.said}>{found.address}</p>
        </div>
      ) : (
        <form id={formId} className={css.form} onSubmit={submit} noValidate>
          {isLooking && <Progress label={t("signIn.looking")} />}
          {!isLooking && <FaultBanner error={begin.error} />}
          {!isLooking && found?.error && <RemarkBanner remark={found.error} />}
          {needsClient ? fields : <Disclosure label={t("signIn.own")}>{fields}</Disclosure>}
        </form>
      )}
    </Dialog>
  );
}
