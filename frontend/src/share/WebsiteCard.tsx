import { useTranslation } from "react-i18next";
import type { Publication } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Section, Switch } from "@/ui";
import { ButtonCode } from "./ButtonCode";
import { useChangePublication } from "./usePublication";
import { WebsitesForm } from "./WebsitesForm";

/** The app on other people's pages: whether, where, and the line that brings it there. */
export function WebsiteCard({ workflow, publication }: { workflow: string; publication: Publication }) {
  const { t } = useTranslation("share");
  const change = useChangePublication(workflow);
  return (
    <Section card title={t("website.title")} text={t("website.text")}>
      <Switch
        checked={publication.is_on_websites}
        disabled={change.isPending}
        onChange={(isOn) => change.mutate({ is_on_websites: isOn })}
        label={t("website.on")}
        help={t("website.onHelp")}
      />
      <FaultBanner error={change.error} />
      {publication.is_on_websites && (
        <>
          <WebsitesForm workflow={workflow} websites={publication.websites} />
          <ButtonCode slug={publication.slug} />
        </>
      )}
    </Section>
  );
}
