import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { ago } from "@/i18n/time";
import { Button, ConfirmDialog, toast } from "@/ui";
import { toolSources } from "./endpoints";
import { RemarkBanner } from "./RemarkBanner";
import { SignInDialog } from "./SignInDialog";
import css from "./tools.module.css";

export interface SignedInProps {
  source: ToolSource;
  mayChange: boolean;
}

/** Whose account a source is used with, and the ways in and out. */
export function SignedIn({ source, mayChange }: SignedInProps) {
  const { t, i18n } = useTranslation("tools");
  const queries = useQueryClient();
  const [open, setOpen] = useState<"in" | "out">();
  const { name, sign_in: signIn } = source;
  const isIn = source.auth === "oauth" && Boolean(signIn?.signed_in_at) && source.state !== "sign_in";
  const leave = useMutation({
    mutationFn: () => toolSources.signOut(source.id),
    onSuccess: () => {
      setOpen(undefined);
      toast.done(t("signIn.signedOut", { name }));
      return queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
    },
    onError: toastFault,
  });
  return (
    <>
      {signIn?.phase === "arrived" && <p className={css.quiet}>{t("signIn.arrived")}</p>}
      {signIn?.error && <RemarkBanner remark={signIn.error} />}
      <div className={css.head}>
        <p className={`${css.words} ${css.quiet}`}>
          {isIn && signIn?.signed_in_at
            ? t("signIn.by", { who: signIn.signed_in_by, when: ago(signIn.signed_in_at, i18n.language) })
            : t("signIn.nobody")}
        </p>
        {mayChange && (
          <div className={css.actions}>
            <Button
              size="s"
              look={isIn ? "secondary" : "primary"}
              aria-label={`${t(isIn ? "signIn.again" : "signIn.button")}: ${name}`}
              onClick={() => setOpen("in")}
            >
              {t(isIn ? "signIn.again" : "signIn.button")}
            </Button>
            {isIn && (
              <Button
                size="s"
                look="quiet"
                aria-label={`${t("signIn.out")}: ${name}`}
                onClick={() => setOpen("out")}
              >
                {t("signIn.out")}
              </Button>
            )}
          </div>
        )}
      </div>
      {open === "in" && <SignInDialog source={source} onClose={() => setOpen(undefined)} />}
      <ConfirmDialog
        open={open === "out"}
        onOpenChange={() => setOpen(undefined)}
        title={t("signIn.outTitle", { name })}
        description={t("signIn.outText")}
        action={t("signIn.out")}
        busy={leave.isPending}
        onConfirm={() => leave.mutate()}
      />
    </>
  );
}
