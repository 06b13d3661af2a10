import { useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sessionQuery } from "@/api/queries";
import { Page, Section } from "@/ui";
import { Appearance } from "./Appearance";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { SignOut } from "./SignOut";
import css from "./settings.module.css";

export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const { t: secrets } = useTranslation("secrets");
  const { data: session } = useSuspenseQuery(sessionQuery);
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Profile session={session} />
      <Appearance session={session} />
      <Password session={session} />
      <Section card title={secrets("title")} text={secrets("lead")}>
        <Link className={css.link} to="/settings/secrets">
          {secrets("open")}
        </Link>
      </Section>
      <SignOut />
    </Page>
  );
}
