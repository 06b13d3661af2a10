import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { publishing } from "@/api/endpoints";
import { modelsQuery, nodesQuery, workflowQuery } from "@/api/queries";
import type { Graph, ModelsPage, Workflow } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import type { CanvasHandle } from "@/flow-kit/canvasHandle";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { Field, Loading, Select } from "@/ui";
import { ChangeList } from "../ChangeList";
import { type Change, changesAround, changesBetween } from "../changes";
import { DrawnContext } from "../context";
import { titleOfNote } from "../notes/notes";
import { createEditorStore } from "../store";
import css from "./Compare.module.css";
import { CompareCanvas } from "./CompareCanvas";
import { type Marks, MarksContext } from "./marks";
import { together } from "./together";

const DRAFT = "draft";
const NO_MODELS: ModelsPage["models"] = [];

/** `/apps/:id/versions?before=1&now=draft`: what is different between two versions, drawn and in words. */
export default function ComparePage() {
  const { t } = useTranslation(["editor", "forms", "runs"]);
  const { id = "" } = useParams();
  const [chosen, choose] = useSearchParams();
  const { data: workflow } = useQuery(workflowQuery(id));
  const { data: catalogue } = useQuery(nodesQuery);
  const { data: models } = useQuery(modelsQuery);
  const { data: versions, error: unknown } = useQuery({
    queryKey: ["versions", id, workflow?.publication?.version_number ?? 0],
    queryFn: ({ signal }) => publishing.versions(id, signal),
  });
  const before = chosen.get("before") ?? String(workflow?.publication?.version_number ?? DRAFT);
  const now = chosen.get("now") ?? DRAFT;
  const old = useGraph(id, before, workflow);
  const current = useGraph(id, now, workflow);
  const types = useMemo(() => new Map(catalogue?.nodes.map((n) => [n.type, n])), [catalogue]);

  const options = [
    { value: DRAFT, label: t("compare.draft") },
    ...(versions ?? []).map(({ number }) => ({
      value: String(number),
      label: t(number === workflow?.publication?.version_number ? "compare.live" : "compare.version", {
        number,
      }),
    })),
  ];
  const side = (name: "before" | "now", value: string) => (
    <Field label={t(`compare.${name}`)}>
      {(control) => (
        <Select
          {...control}
          value={value}
          options={options}
          onChange={(next) => choose({ before, now, [name]: next }, { replace: true })}
        />
      )}
    </Field>
  );
  const head = (
    <header className={css.head}>
      <Link className={css.back} to={`/apps/${id}/share`}>
        <ChevronLeft aria-hidden="true" />
        {t("compare.back")}
      </Link>
      <h1 className={css.title}>{t("compare.title")}</h1>
      {side("before", before)}
      {side("now", now)}
    </header>
  );
  const error = unknown ?? old.error ?? current.error;
  if (error || !workflow || !catalogue || !old.graph || !current.graph) {
    return (
      <div className={css.page}>
        <aside className={css.side}>
          {head}
          {error ? <FaultBanner error={error} /> : <Loading label={t("publish.changes.loading")} />}
        </aside>
      </div>
    );
  }
  return (
    <Compared
      // A drawing has its own view and memory: another pair begins anew.
      key={`${before} ${now}`}
      before={old.graph}
      now={current.graph}
      workflow={workflow}
      types={types}
      models={models}
      head={head}
    />
  );
}

/** The steps of a version by its number, or of the draft. */
function useGraph(workflow: string, which: string, draft: Workflow | undefined) {
  const { data, error } = useQuery({
    queryKey: ["versions", workflow, Number(which), "graph"],
    queryFn: ({ signal }) => publishing.version(workflow, Number(which), signal),
    enabled: which !== DRAFT,
  });
  return { graph: which === DRAFT ? draft?.graph : data?.graph, error };
}

interface ComparedProps {
  before: Graph;
  now: Graph;
  workflow: Workflow;
  types: StepTypes;
  models: ModelsPage | undefined;
  head: ReactNode;
}

function Compared({ before, now, workflow, types, models, head }: ComparedProps) {
  const { t, i18n } = useTranslation("editor");
  const { language } = i18n;
  const canvas = useRef<CanvasHandle>(null);
  const [selection, setSelection] = useState<readonly string[]>([]);
  const both = useMemo(
    () => together(before, now, { types, shapes: workflow.shapes }),
    [before, now, types, workflow.shapes],
  );
  const changes = useMemo(
    () => [
      ...changesBetween(before, now, (node) => titleOf(node, types, language)),
      ...changesAround(before, now, {
        note: (note) =>
          titleOfNote(note) ? t("compare.note", { text: titleOfNote(note) }) : t("notes.labelEmpty"),
        group: (group) => t("compare.group", { title: group.title || t("stepGroups.unnamed") }),
      }),
    ],
    [before, now, types, language, t],
  );
  const marks = useMemo(
    (): Marks => ({ steps: kinds(changes), added: both.added, removed: both.removed }),
    [changes, both],
  );
  const drawn = useMemo(
    () => ({
      types,
      store: createEditorStore({ graph: both.graph, shapes: both.shapes, revision: 0, problems: [] }),
    }),
    [types, both],
  );
  const show = (key: string) => {
    setSelection([key]);
    void canvas.current?.reveal(key);
  };
  return (
    <DrawnContext value={drawn}>
      <MarksContext value={marks}>
        <div className={css.page}>
          <CompareCanvas
            models={models?.models ?? NO_MODELS}
            defaultModel={models?.default ?? ""}
            selection={selection}
            onSelect={setSelection}
            onReady={(ready) => {
              canvas.current = ready;
            }}
          />
          <aside className={css.side} aria-label={t("compare.title")}>
            {head}
            <section aria-label={t("compare.changes")}>
              <h2 className={css.heading}>{t("compare.changes")}</h2>
              <ChangeList changes={changes} onShow={show} />
            </section>
          </aside>
        </div>
      </MarksContext>
    </DrawnContext>
  );
}

function kinds(changes: readonly Change[]): Marks["steps"] {
  const found = new Map<string, "added" | "changed" | "removed">();
  for (const { id, kind } of changes) if (kind !== "beside") found.set(id, kind);
  return found;
}
