import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { workflows } from "@/api/endpoints";
import { pinsQuery } from "@/api/queries";
import type { WorkflowSummary } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { Button, Dialog, Loading, Switch, useUiWords } from "@/ui";

/** *Download as a file*: the app, and only when one wants it the sample data of its steps. */
export function DownloadApp({ app, onClose }: { app: WorkflowSummary; onClose: () => void }) {
  const { t } = useTranslation("home");
  const ui = useUiWords();
  const { t: common } = useTranslation("common");
  const { data: pins, error, refetch } = useQuery(pinsQuery(app.id));
  const [withSampleData, setWith] = useState(false);
  const count = Object.keys(pins ?? {}).length;
  const download = useMutation({
    mutationFn: () => workflows.exportFile(app.id, { withSampleData }),
    onSuccess: (yaml) => {
      saveFile(`${app.slug}.yaml`, yaml);
      onClose();
    },
    onError: toastFault,
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("download.title", { name: app.name })}
      description={t("download.text")}
      footer={
        <>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button look="primary" busy={download.isPending} onClick={() => download.mutate()}>
            {t("download.action")}
          </Button>
        </>
      }
    >
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {!pins && !error && <Loading label={common("state.loading")} lines={1} />}
      {count > 0 && (
        <Switch
          checked={withSampleData}
          onChange={setWith}
          label={t("download.samples", { count })}
          help={t("download.samplesHelp")}
        />
      )}
    </Dialog>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
