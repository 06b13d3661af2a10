import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json, Pin } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, useUiWords } from "@/ui";
import { ValueForm } from "../again/ValueForm";
import type { PinNoteProps } from "./PinNote";
import css from "./Pins.module.css";
import { usePins } from "./usePins";

/** Changes the sample data of a step. */
export function PinDialog({
  workflow,
  step,
  title,
  words,
  pin,
  onClose,
}: PinNoteProps & { pin: Pin; onClose: () => void }) {
  const { t } = useTranslation("runs");
  const ui = useUiWords();
  const { keep } = usePins(workflow);
  const [output, setOutput] = useState<Json>(pin.output);
  const [isSaving, setSaving] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const save = async () => {
    setSaving(true);
    setFault(null);
    try {
      await keep(step, { output, port: pin.port, from_run: pin.from_run });
      onClose();
    } catch (thrown) {
      setFault(thrown);
      setSaving(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("pins.titleOf", { step: title })}
      description={t("pins.help")}
      size="l"
      footer={
        <>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button look="primary" busy={isSaving} onClick={() => void save()}>
            {t("pins.save")}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <ValueForm
          label={t("pins.title")}
          value={output}
          onChange={setOutput}
          schema={words.outputSchema}
          title={words.outputTitle}
        />
        <FaultBanner error={fault} />
      </div>
    </Dialog>
  );
}
