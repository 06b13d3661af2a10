import { ArrowUpRight } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Graph, GraphNode, UsedApp } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import css from "./CalledSteps.module.css";
import { callKey, useUsedApps } from "./calls";
import { runInside } from "./inside";
import { RunContext, useRun, useRunReader } from "./runStore";

export interface CalledStepsProps {
  /** The step that uses another app, as it was when the run began. */
  node: GraphNode;
  types: StepTypes;
  /** Draws the steps of that app; what it draws sees the run as from inside the app. */
  children: (graph: Graph, label: string) => ReactNode;
}

/** What the app did that a step uses, beneath that step. Nothing for other steps, and before it has begun. */
export function CalledSteps({ node, types, children }: CalledStepsProps) {
  const { t } = useTranslation("runs");
  const key = callKey(node, types.get(node.type));
  const path = useRun((view) => view.paths.get(node.id) ?? node.id);
  const hasBegun = useRun((view) => view.run.rounds[path] !== undefined);
  const used = useUsedApps();
  if (key === null || !hasBegun || !used) return null;
  const app = used[key];
  if (!app) return <p className={css.gone}>{t("called.gone")}</p>;
  return (
    <Inside key={path} app={app} path={path} types={types}>
      {children}
    </Inside>
  );
}

interface InsideProps extends Pick<CalledStepsProps, "types" | "children"> {
  app: UsedApp;
  path: string;
}

function Inside({ app, path, types, children }: InsideProps) {
  const { t } = useTranslation("runs");
  const around = useRunReader();
  const inside = useMemo(
    () => runInside(around, { graph: app.graph, types, shapes: {} }, path),
    [around, app.graph, types, path],
  );
  const { name, number, workflow_id } = app;
  return (
    <section className={css.inside} aria-label={t("called.label", { name })}>
      <p className={css.head}>
        <span className={css.name}>{t("called.title", { name })}</span>
        {number !== null && <span className={css.quiet}>{t("list.version", { number })}</span>}
        <Link className={css.open} to={`/apps/${workflow_id}`} aria-label={t("called.openNamed", { name })}>
          {t("called.open")}
          <ArrowUpRight aria-hidden="true" />
        </Link>
      </p>
      <RunContext value={inside}>{children(app.graph, t("called.label", { name }))}</RunContext>
    </section>
  );
}
