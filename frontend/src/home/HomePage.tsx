import { useSuspenseQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { mayOf } from "@/api/may";
import { sessionQuery } from "@/api/queries";
import { LookingOnly } from "@/faults/LookingOnly";
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
  const may = mayOf(session.role);
  return (
    <Page
      wide
      title={name ? t("greeting", { name }) : t("greetingPlain")}
      lead={may.edit && t("lead")}
      action={
        may.edit && (
          <Button look="primary" icon={<Plus />} onClick={() => setCreating(true)}>
            {t("create")}
          </Button>
        )
      }
    >
      {may.edit ? <TemplateRow /> : <LookingOnly />}
      <MyApps />
      {may.edit && <Guide />}
      <NewAppDialog open={isCreating} onOpenChange={setCreating} />
    </Page>
  );
}
