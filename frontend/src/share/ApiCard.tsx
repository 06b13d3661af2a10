import { useTranslation } from "react-i18next";
import type { Publication } from "@/api/types";
import { CopyField, Section, Switch, Tab, TabList, TabPanel, Tabs } from "@/ui";
import { curlExample, pythonExample } from "./examples";
import { Keys } from "./Keys";
import css from "./share.module.css";
import { useChangePublication } from "./usePublication";

export interface ApiCardProps {
  workflow: string;
  publication: Publication;
  isOwner: boolean;
}

/** For a programmer: how to call the app, and the keys to do it with. */
export function ApiCard({ workflow, publication, isOwner }: ApiCardProps) {
  const { t } = useTranslation("share");
  const change = useChangePublication(workflow);
  return (
    <Section card title={t("api.title")} text={t("api.text")}>
      <Tabs defaultValue="curl">
        <TabList aria-label={t("api.title")}>
          <Tab value="curl">{t("api.curl")}</Tab>
          <Tab value="python">{t("api.python")}</Tab>
        </TabList>
        <TabPanel value="curl" className={css.example}>
          <CopyField block label="curl" value={curlExample(location.origin, publication.slug)} />
        </TabPanel>
        <TabPanel value="python" className={css.example}>
          <CopyField block label="openai" value={pythonExample(location.origin, publication.slug)} />
        </TabPanel>
      </Tabs>
      <Keys workflow={workflow} isOwner={isOwner} />
      <Switch
        checked={publication.allow_system_text}
        disabled={change.isPending}
        onChange={(allowed) => change.mutate({ allow_system_text: allowed })}
        label={t("api.steer")}
        help={t("api.steerHelp")}
      />
    </Section>
  );
}
