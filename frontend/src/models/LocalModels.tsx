import { useQuery } from "@tanstack/react-query";
import { HardDriveDownload } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { localModelsQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { sizeOf } from "@/i18n/size";
import { Banner, Button, Loading, Section } from "@/ui";
import { AddFileDialog } from "./AddFileDialog";
import { LocalModelCard } from "./LocalModelCard";
import css from "./models.module.css";

/** Models that run on this server: those that are here, on their way, and offered. */
export function LocalModels({ onReady, isOwner }: { onReady: () => void; isOwner: boolean }) {
  const { t, i18n } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const { data, error, refetch } = useQuery(localModelsQuery);
  const [isAdding, setAdding] = useState(false);
  const ready = data?.models.filter(({ state }) => state === "ready").length;

  // One more is ready, or gone: the lists to choose from change with it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when their number changes
  useEffect(() => {
    if (ready !== undefined) onReady();
  }, [ready]);

  return (
    <Section
      title={t("local.title")}
      text={t("local.text")}
      aside={
        data?.may_change && (
          <Button size="s" icon={<HardDriveDownload />} onClick={() => setAdding(true)}>
            {t("local.addFile")}
          </Button>
        )
      }
    >
      <FaultBanner error={data ? null : error} onRetry={() => void refetch()} />
      {!data && !error && <Loading label={common("state.loading")} />}
      {data && !data.may_change && <Banner>{t("local.notYours")}</Banner>}
      {data && (
        <>
          <ul className={css.list}>
            {data.models.map((model) => (
              <li key={model.id}>
                <LocalModelCard
                  model={model}
                  mayChange={data.may_change}
                  mayTest={isOwner}
                  freeBytes={data.free_bytes}
                />
              </li>
            ))}
          </ul>
          {data.may_change && (
            <p className={css.text}>{t("local.free", { size: sizeOf(data.free_bytes, i18n.language) })}</p>
          )}
        </>
      )}
      {isAdding && <AddFileDialog onClose={() => setAdding(false)} />}
    </Section>
  );
}
