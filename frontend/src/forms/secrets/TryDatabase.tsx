import { useMutation } from "@tanstack/react-query";
import { PlugZap } from "lucide-react";
import { useTranslation } from "react-i18next";
import { secrets } from "@/api/endpoints";
import type { Secret } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Banner, Button, Progress } from "@/ui";
import css from "./TryDatabase.module.css";

/** Reaches the database that a secret leads to, the way the step does, and says in words what came of it. */
export function TryDatabase({ secret }: { secret: Pick<Secret, "id" | "name"> }) {
  const { t } = useTranslation("secrets");
  const trial = useMutation({ mutationFn: () => secrets.test(secret.id) });
  const { data, isPending, error } = trial;
  return (
    <div className={css.trial}>
      <div>
        <Button
          size="s"
          icon={<PlugZap />}
          busy={isPending}
          aria-label={t("try.label", { name: secret.name })}
          onClick={() => trial.mutate()}
        >
          {t("try.action")}
        </Button>
      </div>
      {isPending && <Progress label={t("try.trying")} />}
      {!isPending && <FaultBanner error={error} />}
      <p role="status" className={css.works}>
        {data && !isPending && t("try.works", { ...data })}
      </p>
      {data?.is_superuser && !isPending && <Banner tone="warn" title={t("try.superuser")} />}
    </div>
  );
}
