import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { asApiError } from "@/api/errors";
import { chunksQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Banner, Button, EmptyState, Loading } from "@/ui";
import css from "./DocumentView.module.css";
import { Passage } from "./Passage";
import { addressOf, type Place } from "./place";

/** A document as apps see it: the passages it was cut into, from the one that was asked for in both directions. */
export function DocumentView({ base, document, chunk }: Place & { base: string }) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const chunks = useInfiniteQuery(chunksQuery(base, document, chunk));
  const { data, error, refetch } = chunks;
  const about = data?.pages[0]?.document;
  const total = data?.pages[0]?.total ?? 0;
  const isGone = chunk !== null && error !== null && asApiError(error).code === "not_found";
  return (
    <section className={css.view} aria-labelledby="document">
      <div>
        <Link className={css.back} to={`/knowledge/${base}`}>
          <ChevronLeft aria-hidden="true" />
          {t("document.all")}
        </Link>
        <h2 id="document" className={css.title}>
          {about?.title ?? t("document.title")}
        </h2>
        {about && (
          <p className={css.quiet}>
            {[
              t("documents.passages", { count: total }),
              about.pages && t("documents.pages", { count: about.pages }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        )}
      </div>
      {isGone && (
        <Banner
          tone="warn"
          live
          title={t("document.goneTitle")}
          actions={
            <Button asChild size="s">
              <Link to={addressOf(base, { document, chunk: null })}>{t("document.fromStart")}</Link>
            </Button>
          }
        >
          {t("document.goneText")}
        </Banner>
      )}
      {!isGone && !data && <FaultBanner error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading label={common("state.loading")} lines={6} />}
      {data && total === 0 && (
        <EmptyState title={t("document.emptyTitle")}>{t("document.emptyText")}</EmptyState>
      )}
      {chunks.hasPreviousPage && (
        <Button busy={chunks.isFetchingPreviousPage} onClick={() => void chunks.fetchPreviousPage()}>
          {t("document.earlier")}
        </Button>
      )}
      <ol className={css.passages}>
        {data?.pages
          .flatMap((page) => page.chunks)
          .map((each) => (
            <li key={each.id}>
              <Passage chunk={each} total={total} isTarget={each.id === chunk} />
            </li>
          ))}
      </ol>
      {chunks.hasNextPage && (
        <Button busy={chunks.isFetchingNextPage} onClick={() => void chunks.fetchNextPage()}>
          {t("document.later")}
        </Button>
      )}
    </section>
  );
}
