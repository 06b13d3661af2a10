import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { runs } from "@/api/endpoints";
import type { Json } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { sizeOf } from "@/i18n/size";
import { Button } from "@/ui";
import css from "./ApartNote.module.css";
import type { Apart } from "./apart";
import { useRun } from "./runStore";

export interface ApartNoteProps {
  apart: Apart;
  /** Draws what is known of the value: its beginning, or once it is asked for, all of it. */
  children: (known: Json, isAll: boolean) => ReactNode;
}

/** The beginning of a value that is too large to come with its run, and ways to more of it. */
export function ApartNote({ apart, children }: ApartNoteProps) {
  const { t, i18n } = useTranslation("runs");
  const run = useRun((view) => view.runId);
  const [isWanted, setWanted] = useState(false);
  const sha256 = apart["#blob"];
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["run", run, "value", sha256],
    queryFn: ({ signal }) => runs.value(run ?? "", sha256, signal),
    enabled: isWanted && run !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0, // megabytes, perhaps: not kept for longer than they are looked at
  });
  return (
    <div className={css.apart}>
      {children(data === undefined ? apart.preview : data, data !== undefined)}
      <FaultBanner error={error} onRetry={() => void refetch()} />
      <div className={css.foot}>
        {data === undefined && (
          <>
            <span>{t("value.apart", { size: sizeOf(apart.bytes, i18n.language) })}</span>
            <Button look="quiet" size="s" busy={isFetching} onClick={() => setWanted(true)}>
              {t("value.showAll")}
            </Button>
          </>
        )}
        {run && (
          <Button look="quiet" size="s" icon={<Download />} asChild>
            <a href={runs.valueFile(run, sha256)} download>
              {t("value.download")}
            </a>
          </Button>
        )}
      </div>
    </div>
  );
}
