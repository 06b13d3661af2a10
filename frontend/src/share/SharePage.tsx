import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { mayOf } from "@/api/may";
import { sessionQuery, workflowQuery } from "@/api/queries";
import { LookingOnly } from "@/faults/LookingOnly";
import { CopyField, Loading, Page } from "@/ui";
import { ApiCard } from "./ApiCard";
import { LimitsCard } from "./LimitsCard";
import { LinkCard } from "./LinkCard";
import { MemoriesCard } from "./MemoriesCard";
import { PublishState } from "./PublishState";
import { SuggestionsCard } from "./SuggestionsCard";
import { VersionsCard } from "./VersionsCard";
import { WebsiteCard } from "./WebsiteCard";

/** How an app is offered to others: its link, its API, and how much they may use it. */
export default function SharePage() {
  const { t } = useTranslation("share");
  const { t: common } = useTranslation("common");
  const { id = "" } = useParams();
  const { data: workflow } = useQuery(workflowQuery(id));
  const { data: session } = useQuery(sessionQuery);
  if (!workflow) return <Loading label={common("state.loading")} lines={6} />;
  const publication = workflow.publication;
  const may = mayOf(session?.role);
  const isOwner = may.own;
  if (!may.edit) {
    return (
      <Page title={t("title")}>
        <LookingOnly />
        {publication && <CopyField label={t("link.title")} value={location.origin + publication.chat_url} />}
      </Page>
    );
  }
  return (
    <Page title={t("title")}>
      <PublishState workflow={workflow} />
      {publication && (
        <>
          <LinkCard key={publication.slug} workflow={workflow.id} publication={publication} />
          <WebsiteCard workflow={workflow.id} publication={publication} />
          <SuggestionsCard workflow={workflow.id} publication={publication} />
          <ApiCard workflow={workflow.id} publication={publication} isOwner={isOwner} />
          <LimitsCard workflow={workflow.id} publication={publication} isOwner={isOwner} />
          <VersionsCard workflow={workflow} publication={publication} />
        </>
      )}
      <MemoriesCard workflow={workflow.id} />
    </Page>
  );
}
