import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { retention } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { retentionQuery } from "@/api/queries";
import type { Retention, RetentionPreview, RetentionWish } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, ConfirmDialog, Field, NumberField, Section, toast } from "@/ui";
import { GoesAlong } from "./GoesAlong";
import { isAll, isSame } from "./retention";
import css from "./retention.module.css";

/** Says how long runs are kept. Where that would delete some, it is asked first, with the figures. */
export function RetentionForm({ kept }: { kept: Retention }) {
  const { t } = useTranslation("retention");
  const queries = useQueryClient();
  const [wish, setWish] = useState<RetentionWish>({ runs_days: kept.runs_days, runs_mb: kept.runs_mb });
  const [asked, setAsked] = useState<RetentionPreview | null>(null);
  const save = useMutation({
    mutationFn: async () => {
      await retention.set(wish);
      if (asked) await retention.run().catch(unlessBegun);
    },
    onSuccess: () => {
      toast.done(t("wish.saved"));
      return queries.invalidateQueries({ queryKey: retentionQuery.queryKey });
    },
    onSettled: () => setAsked(null),
  });
  const look = useMutation({
    mutationFn: () =>
      retention.preview({
        ...(wish.runs_days !== null && { runs_days: wish.runs_days }),
        ...(wish.runs_mb !== null && { runs_mb: wish.runs_mb }),
      }),
    onSuccess: (seen) => (seen.runs > 0 ? setAsked(seen) : save.mutate()),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.reset();
    if (isAll(wish)) save.mutate();
    else look.mutate();
  };
  const isBusy = look.isPending || save.isPending;
  return (
    <Section card title={t("wish.title")} text={t("wish.text")}>
      <form className={css.form} onSubmit={submit}>
        <Field label={t("wish.days")} help={t("wish.daysHelp", { count: kept.least_days })}>
          {(control) => (
            <NumberField
              {...control}
              value={wish.runs_days}
              min={kept.least_days}
              max={36_500}
              onChange={(runs_days) => setWish({ ...wish, runs_days })}
            />
          )}
        </Field>
        <Field label={t("wish.mb")} help={t("wish.mbHelp", { count: kept.least_days })}>
          {(control) => (
            <NumberField
              {...control}
              value={wish.runs_mb}
              min={1}
              max={100_000_000}
              onChange={(runs_mb) => setWish({ ...wish, runs_mb })}
            />
          )}
        </Field>
        {!isBusy && <FaultBanner error={look.error ?? save.error} />}
        <div>
          <Button type="submit" look="primary" busy={isBusy} disabled={isSame(wish, kept)}>
            {t("wish.keep")}
          </Button>
        </div>
      </form>
      {asked && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setAsked(null)}
          title={t("confirm.title", { count: asked.runs })}
          description={t("confirm.now")}
          action={t("confirm.action", { count: asked.runs })}
          busy={save.isPending}
          onConfirm={() => save.mutate()}
        >
          <GoesAlong seen={asked} />
        </ConfirmDialog>
      )}
    </Section>
  );
}

/** A worker may have been faster: then what was asked for is under way, or done already. */
function unlessBegun(error: unknown) {
  if (!(error instanceof ApiError && error.status === 409)) throw error;
}
