import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/may";
import { nodesQuery, runQuery } from "@/api/queries";
import type { NodeCatalogue, RunDetail } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { errorWords } from "@/i18n/errorWords";
import { moment } from "@/i18n/time";
import { type Again, AgainContext } from "@/runs/again/again";
import { OriginNote } from "@/runs/again/OriginNote";
import { originTitle } from "@/runs/again/originTitle";
import { findStep, UsedAppsContext } from "@/runs/calls";
import { OpenWithData } from "@/runs/pins/OpenWithData";
import { Remembered } from "@/runs/Remembered";
import { RunNotes } from "@/runs/RunNotes";
import { createRunStore, RunContext, useRun } from "@/runs/runStore";
import { RunControls } from "@/runs/waits/RunControls";
import { UNKNOWN } from "@/runs/waits/waiting";
import { Banner, Loading, Page, Section } from "@/ui";
import { RunAsks } from "../waits/RunAsks";
import css from "./RunPage.module.css";
import { RunStateBadge, useReason } from "./RunStateBadge";
import { Trace } from "./Trace";
import { useTook } from "./useTook";

/** `/apps/:id/runs/:run`: what was asked, what was answered, and each step with what came in and out. */
export default function RunPage() {
  const { t } = useTranslation(["runs", "common"]);
  const { id = "", run = "" } = useParams();
  const { data, error, refetch } = useQuery(runQuery(run));
  const { data: catalogue } = useQuery(nodesQuery);
  return (
    <Page
      title={t("page.title")}
      lead={
        <Link className={css.back} to={`/apps/${id}/runs`}>
          <ChevronLeft aria-hidden="true" />
          {t("page.back")}
        </Link>
      }
    >
      <FaultBanner error={error} onRetry={() => void refetch()} />
      {!(data && catalogue) && !error && <Loading label={t("common:state.loading")} lines={6} />}
      {data && catalogue && (
        <WholeRun key={run} run={data} catalogue={catalogue} onChanged={() => void refetch()} />
      )}
    </Page>
  );
}

function Notes({ titleOf }: { titleOf: (path: string) => string }) {
  return <RunNotes run={useRun((view) => view.run)} titleOf={titleOf} />;
}

interface WholeRunProps {
  run: RunDetail;
  catalogue: NodeCatalogue;
  /** The run may stand otherwise now. */
  onChanged: () => void;
}

function WholeRun({ run, catalogue, onChanged }: WholeRunProps) {
  const { t, i18n } = useTranslation("runs");
  const types: StepTypes = useMemo(() => new Map(catalogue.nodes.map((n) => [n.type, n])), [catalogue]);
  const [store] = useState(() => createRunStore((work) => work()));
  const at = run.state.path && findStep(run.graph, run.state.path, types, run.workflows);
  const may = useMay();
  const step = at ? titleOf(at.node, types, i18n.language) : "";
  const reason = useReason(run, step);
  const took = useTook();
  // The journal of a run only grows: what is known already is passed over.
  useEffect(() => {
    if (store.getState().runId !== run.id)
      store.begin(run.id, run.query, { graph: run.graph, types, shapes: {} });
    store.take(run.events.map((event) => ({ id: `${event.seq}-0`, kind: "event", event })));
  }, [store, run, types]);
  const navigate = useNavigate();
  const { graph, workflows: used, workflow_id: workflow } = run;
  const again = useMemo(
    (): Again => ({
      workflow,
      graph,
      types,
      used,
      isDraft: false,
      onStarted: (made) => void navigate(`/apps/${workflow}/runs/${made.id}`),
    }),
    [workflow, graph, types, used, navigate],
  );
  const titleAt = (path: string) => {
    const found = findStep(run.graph, path, types, run.workflows);
    return found ? titleOf(found.node, types, i18n.language) : "";
  };
  const error = run.error && errorWords(run.error);
  return (
    <RunContext value={store}>
      <div className={css.state}>
        <RunStateBadge run={run} />
        <span className={css.quiet}>
          {[
            moment(run.created_at, i18n.language),
            ...took(run),
            ...(run.version.number === null ? [] : [t("list.version", { number: run.version.number })]),
          ].join(" · ")}
        </span>
        {may.edit && <OpenWithData run={run} types={types} />}
      </div>
      {run.origin && (
        <OriginNote
          app={workflow}
          origin={run.origin}
          step={originTitle(run.origin, catalogue.nodes, i18n.language) || titleAt(run.origin.path)}
        />
      )}
      {reason && !(may.edit && run.state.reason === UNKNOWN) && (
        <Banner tone={run.state.kind === "stuck" ? "bad" : "info"} title={reason}>
          {run.state.reason === "no_worker" && t("reason.noWorkerHelp")}
        </Banner>
      )}
      <RunAsks run={run.id} onAnswered={onChanged} />
      <RunControls run={run.id} state={run.state} title={step} onChanged={onChanged} />
      {error && (
        <Banner tone="bad" title={error.message}>
          {error.hint}
        </Banner>
      )}
      <Section card title={t("page.asked")}>
        <p className={css.text}>{run.query || t("list.noText")}</p>
      </Section>
      {run.answer && (
        <Section card title={t("page.answered")}>
          <p className={css.text}>{run.answer}</p>
          {run.rated.rating && (
            <p className={css.quiet}>
              {t(`page.rated.${run.rated.rating}`)}
              {run.rated.reason && ` ${t("page.rated.why", { reason: run.rated.reason })}`}
            </p>
          )}
        </Section>
      )}
      <Notes titleOf={titleAt} />
      <Remembered declared={run.graph.variables} titleOf={titleAt} />
      <Section card title={t("page.steps")} text={t("page.stepsHelp")}>
        <UsedAppsContext value={run.workflows}>
          <AgainContext value={again}>
            <Trace graph={run.graph} types={types} choose={store.chooseRound} label={t("page.steps")} />
          </AgainContext>
        </UsedAppsContext>
      </Section>
    </RunContext>
  );
}
