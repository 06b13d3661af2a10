import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Limits, Publication } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, NumberField, Section } from "@/ui";
import css from "./share.module.css";
import { useChangePublication } from "./usePublication";

const WHO = ["visitor", "key", "app"] as const;
const WHAT = ["requests_per_minute", "tokens_per_day"] as const;
const MOST = 1_000_000_000;

export interface LimitsCardProps {
  workflow: string;
  publication: Publication;
  isOwner: boolean;
}

/** How much a visitor, a key and the whole app may use. */
export function LimitsCard({ workflow, publication, isOwner }: LimitsCardProps) {
  const { t } = useTranslation("share");
  const [changed, setChanged] = useState<Partial<Limits>>({});
  const change = useChangePublication(workflow, () => setChanged({}));
  const limits = { ...publication.limits, ...changed };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(changed);
  };
  return (
    <Section card title={t("limits.title")} text={isOwner ? t("limits.text") : t("limits.ownerOnly")}>
      <form className={css.form} onSubmit={submit}>
        <table className={css.limits}>
          <thead>
            <tr>
              <td />
              <th scope="col">{t("limits.perMinute")}</th>
              <th scope="col">{t("limits.perDay")}</th>
            </tr>
          </thead>
          <tbody>
            {WHO.map((who) => (
              <tr key={who}>
                <th scope="row">{t(`limits.${who}`)}</th>
                {WHAT.map((what) => {
                  const name = `${what}_${who}` as const;
                  const column = what === "requests_per_minute" ? t("limits.perMinute") : t("limits.perDay");
                  return (
                    <td key={what} data-label={column}>
                      <NumberField
                        aria-label={`${t(`limits.${who}`)}: ${column}`}
                        min={1}
                        max={MOST}
                        step={what === "requests_per_minute" ? 1 : 1000}
                        disabled={!isOwner}
                        value={limits[name]}
                        onChange={(value) => value !== null && setChanged({ ...changed, [name]: value })}
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        <FaultBanner error={change.error} />
        {isOwner && (
          <div>
            <Button type="submit" busy={change.isPending} disabled={Object.keys(changed).length === 0}>
              {t("limits.save")}
            </Button>
          </div>
        )}
      </form>
    </Section>
  );
}
