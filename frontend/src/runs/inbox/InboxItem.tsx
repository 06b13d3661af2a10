import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { InboxEntry } from "@/api/types";
import type { Ask } from "@/chat";
import { ago, moment } from "@/i18n/time";
import { Section } from "@/ui";
import { MemberAsk } from "../waits/MemberAsk";
import { SettleForm } from "../waits/SettleForm";
import css from "./Inbox.module.css";

/** One thing that waits for a person: whose it is, since when and until when, and where to answer. */
export function InboxItem({ item, onDone }: { item: InboxEntry; onDone: () => void }) {
  const { t, i18n } = useTranslation("runs");
  const title = item.title || item.path;
  const facts = [
    t(`audience.${item.audience}`),
    t("inbox.since", { since: ago(item.since, i18n.language) }),
    ...(item.until ? [t("inbox.until", { until: moment(item.until, i18n.language) })] : []),
  ];
  return (
    <Section card title={title}>
      <p className={css.where}>
        <Link to={`/apps/${item.workflow_id}/runs/${item.run_id}`}>{t("inbox.of", { app: item.app })}</Link>
        <span className={css.quiet}>{facts.join(" · ")}</span>
      </p>
      {item.query && <p className={css.query}>{t("inbox.asked", { query: item.query })}</p>}
      {item.is_paused && <p className={css.quiet}>{t("inbox.paused")}</p>}
      {item.ask ? (
        <MemberAsk run={item.run_id} ask={item.ask as Ask} onAnswered={onDone} />
      ) : (
        <SettleForm
          run={item.run_id}
          path={item.path}
          title={title}
          isPaused={item.is_paused}
          onSettled={onDone}
        />
      )}
    </Section>
  );
}
