import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { session as endpoint } from "@/api/endpoints";
import { toastFault } from "@/faults/toastFault";
import { Button, Section } from "@/ui";

export function SignOut() {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: endpoint.signOut,
    onSuccess: async () => {
      await navigate("/sign-in");
      queries.clear();
    },
    onError: toastFault,
  });
  return (
    <Section
      card
      title={t("signOut.title")}
      text={t("signOut.text")}
      aside={
        <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
          {t("signOut.action")}
        </Button>
      }
    />
  );
}
