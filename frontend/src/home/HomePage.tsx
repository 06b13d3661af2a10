import { useSuspenseQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "@/api/queries";
import { Button, Page } from "@/ui";
import { Guide } from "./Guide";
import { MyApps } from "./MyApps";
import { NewAppDialog } from "./NewAppDialog";
import { TemplateRow } from "./TemplateRow";

export default function HomePage() {
  const { t } = useTranslation("home");
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [isCreating, setCreating] = useState(false);
  const name = session.user.name;
  return (
    <Page
      wide
      title={name ? t("greeting", { name }) : t("greetingPlain")}
      lead={t("lead")}
      action={
        <Button look="primary" icon={<Plus />} onClick={() => setCreating(true)}>
          {t("create")}
        </Button>
      }
    >
      <TemplateRow />
      <MyApps />
      <Guide />
      <NewAppDialog open={isCreating} onOpenChange={setCreating} />
    </Page>
  );
}
