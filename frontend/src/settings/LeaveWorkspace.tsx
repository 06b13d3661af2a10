import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members as endpoint } from "@/api/endpoints";
import { toastFault } from "@/faults/toastFault";
import { Button, ConfirmDialog, Section } from "@/ui";

export function LeaveWorkspace({ workspace }: { workspace: string }) {
  const { t } = useTranslation("members");
  const [isAsking, setAsking] = useState(false);
  const leave = useMutation({
    mutationFn: endpoint.leave,
    // Loaded anew: nothing of the workspace stays behind in this window.
    onSuccess: () => location.assign("/"),
    onError: (error) => {
      setAsking(false);
      toastFault(error);
    },
  });
  return (
    <Section
      card
      title={t("leave.title")}
      text={t("leave.text")}
      aside={<Button onClick={() => setAsking(true)}>{t("leave.action")}</Button>}
    >
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("leave.confirm", { name: workspace })}
        description={t("leave.text")}
        action={t("leave.action")}
        busy={leave.isPending}
        onConfirm={() => leave.mutate()}
      />
    </Section>
  );
}
