import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usedAppsQuery } from "@/api/queries";
import { titleOf } from "@/flow-kit/stepTypes";
import { wordsOfThrown } from "@/i18n/errorWords";
import { type Again, AgainContext } from "@/runs/again/again";
import { stepAt } from "@/runs/paths";
import { useRun } from "@/runs/runStore";
import { Banner } from "@/ui";
import { changedSince } from "./changed";
import { useEditor, useUi } from "./context";
import { useForkedRun } from "./useForkedRun";

/** Lets the steps of the last run be gone on from; the new run goes by what is drawn now. */
export function RunAgain({ children }: { children: ReactNode }) {
  const { workflow, types, store, autosave, ui, t } = useEditor();
  const graph = useRun((view) => view.plan?.graph);
  const runId = useRun((view) => view.runId);
  const hasInside = useRun((view) => Object.keys(view.run.rounds).length > 0);
  const { data: used = null } = useQuery({
    ...usedAppsQuery(runId ?? ""),
    enabled: runId !== null && hasInside,
  });
  const onStarted = useForkedRun();
  const prepare = useCallback(async () => {
    if (await autosave.flush()) return true;
    const state = autosave.getState();
    ui.notify(state.kind === "refused" ? wordsOfThrown(state.error).message : t("chat.notSaved"));
    return false;
  }, [autosave, ui, t]);
  const again = useMemo(
    (): Again | null =>
      graph
        ? {
            workflow,
            graph,
            types,
            used,
            isDraft: true,
            changedSteps: () => changedSince(graph, store.getState().graph),
            prepare,
            onStarted,
          }
        : null,
    [workflow, graph, types, used, store, prepare, onStarted],
  );
  return <AgainContext value={again}>{children}</AgainContext>;
}

/** In the chat, while the canvas shows a run that went on from a step: which, and where to see it whole. */
export function ForkedNote() {
  const { t, i18n } = useTranslation("runs");
  const { workflow, types } = useEditor();
  const forked = useUi((s) => s.forked);
  const runId = useRun((view) => view.runId);
  const answer = useRun((view) => view.answer);
  const node = useRun((view) => view.plan && forked && stepAt(view.plan.graph, forked.path));
  if (!forked || forked.run !== runId) return null;
  return (
    <Banner
      title={node ? t("again.shown", { step: titleOf(node, types, i18n.language) }) : t("again.shownSome")}
      actions={<Link to={`/apps/${workflow}/runs/${runId}`}>{t("again.openRun")}</Link>}
    >
      {answer || t("again.shownHelp")}
    </Banner>
  );
}
