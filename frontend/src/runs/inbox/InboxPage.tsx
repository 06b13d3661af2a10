import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import { inboxQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, EmptyState, Loading, Page } from "@/ui";
import css from "./Inbox.module.css";
import { InboxItem } from "./InboxItem";

/** `/inbox`: everything in the workspace that waits for a person, and the place to answer it. */
export default function InboxPage() {
  const { t } = useTranslation(["runs", "common"]);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery(inboxQuery);
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Page title={t("inbox.title")} lead={t("inbox.lead")}>
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {!items && !error && <Loading label={t("common:state.loading")} lines={6} />}
      {items?.length === 0 && (
        <EmptyState icon={<Inbox />} title={t("inbox.none")}>
          {t("inbox.noneHelp")}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul className={css.list} aria-label={t("inbox.title")}>
          {items.map((item) => (
            <li key={item.id}>
              <InboxItem item={item} onDone={() => void refetch()} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("list.more")}
          </Button>
        </div>
      )}
    </Page>
  );
}
