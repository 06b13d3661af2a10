import { Pin, ShieldCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { StepView } from "@/flow-kit/sized";
import css from "./IdleStrip.module.css";

/** The last row of a card while nothing has run: what is to be put right, else what stands for the step, or what happens if it fails. */
export function IdleStrip({ view }: { view: StepView }) {
  const { t } = useTranslation("editor");
  if (view.problem) {
    return (
      <span className={css.problem}>
        <TriangleAlert aria-hidden="true" />
        <span>{view.problem}</span>
      </span>
    );
  }
  if (view.isPinned) {
    return (
      <span className={css.policy}>
        <Pin aria-hidden="true" />
        <span>{t("label.pinned")}</span>
      </span>
    );
  }
  if (!view.policy) return null;
  return (
    <span className={css.policy} title={view.policy}>
      <ShieldCheck aria-hidden="true" />
      <span>{view.policy}</span>
    </span>
  );
}
