import { useTranslation } from "react-i18next";
import { Banner, Button, CopyField, Dialog } from "@/ui";

/** A new key, shown this once. */
export function KeyDialog({ apiKey, onClose }: { apiKey: string; onClose: () => void }) {
  const { t } = useTranslation("share");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("api.createdTitle")}
      footer={
        <Button look="primary" onClick={onClose}>
          {t("api.copiedIt")}
        </Button>
      }
    >
      <Banner tone="warn">{t("api.createdText")}</Banner>
      <CopyField label={t("api.createdLabel")} value={apiKey} />
    </Dialog>
  );
}
