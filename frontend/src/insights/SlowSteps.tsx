import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Insights } from "@/api/types";
import { seconds } from "@/runs/StatusLine";
import { useUsageWords } from "@/settings/useUsageWords";
import { stepLink } from "./figures";
import css from "./insights.module.css";
import { useStepTitle } from "./useStepTitle";

/** How long the slowest steps take, each with the way to its settings. */
export function SlowSteps({ app, steps }: { app: string; steps: Insights["steps"]["steps"] }) {
  const { t, i18n } = useTranslation(["insights", "runs"]);
  const { count } = useUsageWords();
  const titleOf = useStepTitle(app);
  const took = (ms: number) => t("runs:seconds", { value: seconds(ms, i18n.language) });
  return (
    <div className={css.scroll}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t("slow.step")}</th>
            <th scope="col" className={css.number}>
              {t("slow.median")}
            </th>
            <th scope="col" className={css.number}>
              {t("slow.worst")}
            </th>
            <th scope="col" className={css.number}>
              {t("slow.times")}
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.path}>
              <th scope="row">
                <Link to={stepLink(app, step.path)}>{titleOf(step.path)}</Link>
              </th>
              <td className={css.number}>{took(step.median_ms)}</td>
              <td className={css.number}>{took(step.slow_ms)}</td>
              <td className={css.number}>{count(step.times)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
