import { useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "@/api/queries";
import { Page } from "@/ui";
import { Appearance } from "./Appearance";
import { Email } from "./Email";
import { OtherDevices } from "./OtherDevices";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { SignOut } from "./SignOut";

export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const { data: session } = useSuspenseQuery(sessionQuery);
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Profile session={session} />
      <Appearance session={session} />
      <Email session={session} />
      <Password session={session} />
      <OtherDevices />
      <SignOut />
    </Page>
  );
}
