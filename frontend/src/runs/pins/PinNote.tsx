import { Pencil, Pin as PinIcon, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button } from "@/ui";
import type { ResultWords } from "../resultWords";
import { ValueCard } from "../ValueCard";
import { PinDialog } from "./PinDialog";
import css from "./Pins.module.css";
import { usePins } from "./usePins";

export interface PinNoteProps {
  workflow: string;
  step: string;
  title: string;
  words: ResultWords;
}

/** The sample data of a step: what it is, and how to change it or to take it away. Nothing where there is none. */
export function PinNote({ workflow, step, title, words }: PinNoteProps) {
  const { t } = useTranslation("runs");
  const may = useMay();
  const { pins, remove } = usePins(workflow);
  const [isEditing, setEditing] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const pin = pins[step];
  if (!pin || !may.edit) return null;
  const takeAway = async () => {
    setRemoving(true);
    setFault(null);
    try {
      await remove(step);
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setRemoving(false);
    }
  };
  return (
    <section className={css.pin} aria-label={t("pins.titleOf", { step: title })}>
      <h3 className={css.title}>
        <PinIcon aria-hidden="true" />
        {t("pins.title")}
      </h3>
      <p className={css.help}>{t("pins.help")}</p>
      <ValueCard value={pin.output} titleOf={words.outputTitle} />
      <div className={css.buttons}>
        <Button size="s" icon={<Pencil />} onClick={() => setEditing(true)}>
          {t("pins.edit")}
        </Button>
        <Button size="s" icon={<Trash2 />} busy={isRemoving} onClick={() => void takeAway()}>
          {t("pins.remove")}
        </Button>
      </div>
      <FaultBanner error={fault} />
      {isEditing && (
        <PinDialog
          workflow={workflow}
          step={step}
          title={title}
          words={words}
          pin={pin}
          onClose={() => setEditing(false)}
        />
      )}
    </section>
  );
}
