import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { mailQuery, sessionQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { Loading, Page, Section } from "@/ui";
import { MailForm } from "./MailForm";
import css from "./retention.module.css";
import { TestLetter } from "./TestLetter";

/** The mail server that the workspace's apps send e-mail with. */
export default function MailPage() {
  const { t } = useTranslation("mail");
  const { t: common } = useTranslation("common");
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(mailQuery);
  const fault = data ? null : error;
  const server = data?.server;
  return (
    <Page title={t("title")} lead={t("lead")}>
      <FaultBanner error={fault} onRetry={() => void refetch()} />
      {!data && !fault && <Loading label={common("state.loading")} />}
      {data && session && (
        <Section card title={t("server.title")}>
          {!server && <p>{t("server.none")}</p>}
          {session.role === "owner" ? (
            <MailForm key={server?.changed_at ?? "none"} server={server ?? null} />
          ) : (
            <>
              {server && <p>{t("server.through", { sender: server.sender, host: server.host })}</p>}
              <p className={css.quiet}>{t("server.askOwner")}</p>
            </>
          )}
        </Section>
      )}
      {server && session?.role === "owner" && (
        <Section card title={t("test.title")} text={t("test.text")}>
          <TestLetter key={server.changed_at} address={session.user.email} />
        </Section>
      )}
    </Page>
  );
}
