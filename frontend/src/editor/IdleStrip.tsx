import { ShieldCheck, TriangleAlert } from "lucide-react";
import type { StepView } from "@/flow-kit/sized";
import css from "./IdleStrip.module.css";

/** The last row of a card while nothing has run: what is to be put right, else what happens if the step fails. */
export function IdleStrip({ view }: { view: StepView }) {
  if (view.problem) {
    return (
      <span className={css.problem}>
        <TriangleAlert aria-hidden="true" />
        <span>{view.problem}</span>
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
