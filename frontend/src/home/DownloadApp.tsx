import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { workflows } from "@/api/endpoints";
import { pinsQuery } from "@/api/queries";
import type { WorkflowSummary } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { toastFault } from "@/faults/toastFault";
import { Button, Dialog, Loading, Switch, useUiWords } from "@/ui";

/** Saves the app as a file on the reader's machine. */
export async function downloadApp(app: WorkflowSummary, withSampleData: boolean): Promise<void> {
  saveFile(`${app.slug}.yaml`, await workflows.exportFile(app.id, { withSampleData }));
}

/** *Download as a file* of an app with sample data: it goes along only when one wants it. */
export function DownloadApp({ app, onClose }: { app: WorkflowSummary; onClose: () => void }) {
  const { t } = useTranslation("home");
  const ui = useUiWords();
  const { t: common } = useTranslation("common");
  const { data: pins, error, refetch } = useQuery(pinsQuery(app.id));
  const [withSampleData, setWith] = useState(false);
  const count = Object.keys(pins ?? {}).length;
  const download = useMutation({
    mutationFn: () => downloadApp(app, withSampleData),
    onSuccess: onClose,
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
