import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { session as endpoint } from "@/api/endpoints";
import { toastFault } from "@/faults/toastFault";
import { Button, Section, toast } from "@/ui";

/** For a computer one forgot to sign out of. */
export function OtherDevices() {
  const { t } = useTranslation("settings");
  const end = useMutation({
    mutationFn: endpoint.signOutElsewhere,
    onSuccess: () => toast.done(t("elsewhere.done")),
    onError: toastFault,
  });
  return (
    <Section
      card
      title={t("elsewhere.title")}
      text={t("elsewhere.text")}
      aside={
        <Button busy={end.isPending} onClick={() => end.mutate()}>
          {t("elsewhere.action")}
        </Button>
      }
    />
  );
}
