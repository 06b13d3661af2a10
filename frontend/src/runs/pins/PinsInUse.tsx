import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Graph } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { nodeById } from "@/flow-kit/graph";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { Banner, Button } from "@/ui";
import { usePins } from "./usePins";

export interface PinsInUseProps {
  workflow: string;
  graph: Graph;
  types: StepTypes;
}

/** Says, where the app is tried, which steps do not run because sample data stands for them. */
export function PinsInUse({ workflow, graph, types }: PinsInUseProps) {
  const { t, i18n } = useTranslation("runs");
  const { pins, remove } = usePins(workflow);
  const [isRemoving, setRemoving] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  // Sample data of a step that was deleted does nothing.
  const steps = Object.keys(pins).flatMap((id) => nodeById(graph, id) ?? []);
  if (steps.length === 0) return null;
  const names = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(
    steps.map((step) => t("pins.named", { step: titleOf(step, types, i18n.language) })),
  );
  const removeAll = async () => {
    setRemoving(true);
    setFault(null);
    try {
      for (const { id } of steps) await remove(id);
    } catch (thrown) {
      setFault(thrown);
    } finally {
      setRemoving(false);
    }
  };
  return (
    <>
      <Banner
        flush
        tone="warn"
        title={t("pins.inUse")}
        actions={
          <Button size="s" busy={isRemoving} onClick={() => void removeAll()}>
            {t("pins.removeAll", { count: steps.length })}
          </Button>
        }
      >
        {t("pins.inUseHelp", { count: steps.length, steps: names })}
      </Banner>
      <FaultBanner error={fault} />
    </>
  );
}
