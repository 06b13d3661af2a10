import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { workflows } from "@/api/endpoints";
import { useMay } from "@/api/may";
import { modelsQuery, nodesQuery, workflowQuery } from "@/api/queries";
import type { NodeCatalogue, SavedDraft, Workflow } from "@/api/types";
import { wordsOfThrown } from "@/i18n/errorWords";
import { createRunStore } from "@/runs/runStore";
import { Banner, Button, Loading } from "@/ui";
import { createAutosave } from "./autosave";
import { readBackup, writeBackup } from "./backup";
import type { EditorWorld } from "./context";
import { Editor } from "./Editor";
import css from "./EditorPage.module.css";
import { createEditorStore } from "./store";
import { createUiStore } from "./ui";
import { EDITOR_WORDS } from "./words";

/** `/apps/:id/build`: fetches what the editor needs and opens it. */
export default function EditorPage() {
  const { t } = useTranslation(EDITOR_WORDS);
  const { id = "" } = useParams();
  const workflow = useQuery(workflowQuery(id));
  const nodes = useQuery(nodesQuery);
  const error = workflow.error ?? nodes.error;
  if (workflow.data && nodes.data) {
    return <OpenEditor key={workflow.data.id} workflow={workflow.data} catalogue={nodes.data} />;
  }
  if (error) {
    const words = wordsOfThrown(error);
    return (
      <div className={css.place}>
        <Banner
          tone="bad"
          title={words.message}
          actions={
            <Button
              size="s"
              onClick={() => {
                void workflow.refetch();
                void nodes.refetch();
              }}
            >
              {t("page.retry")}
            </Button>
          }
        >
          {words.hint}
        </Banner>
      </div>
    );
  }
  return (
    <div className={css.place}>
      <Loading label={t("page.loading")} lines={6} />
    </div>
  );
}

function OpenEditor({ workflow, catalogue }: { workflow: Workflow; catalogue: NodeCatalogue }) {
  const { t } = useTranslation("editor");
  const queries = useQueryClient();
  const { data: models } = useQuery(modelsQuery);
  const may = useMay();
  const [parts] = useState(() => openParts(workflow, queries, may.edit));
  const types = useMemo(() => new Map(catalogue.nodes.map((n) => [n.type, n])), [catalogue]);
  const world = useMemo(
    (): EditorWorld => ({
      ...parts,
      types,
      t,
      world: () => ({ types, shapes: parts.store.getState().shapes }),
    }),
    [parts, types, t],
  );

  useEffect(() => {
    const { autosave } = parts;
    autosave.start();
    const online = () => void autosave.flush();
    window.addEventListener("online", online);
    return () => {
      window.removeEventListener("online", online);
      // Leaving the page saves at once what is still waiting.
      void autosave.flush();
      autosave.stop();
    };
  }, [parts]);

  // A newer draft from the server (another tab, a restored version) is taken over while nothing here is unsaved.
  useEffect(() => {
    const { store, autosave } = parts;
    if (workflow.revision <= store.getState().revision || autosave.isDirty()) return;
    store.getState().replace(workflow);
    autosave.markSaved();
  }, [workflow, parts]);

  return <Editor world={world} workflow={workflow} models={models} />;
}

function openParts(workflow: Workflow, queries: ReturnType<typeof useQueryClient>, mayEdit: boolean) {
  const store = createEditorStore(workflow);
  // For a viewer the drawing stays as it is, whatever a key or a control would do.
  if (!mayEdit) store.setState({ edit: () => {} });
  const autosave = createAutosave({
    store,
    // JSON Schemas are `unknown` to the generated client, and JSON to us.
    save: async (revision, graph) => (await workflows.saveDraft(workflow.id, revision, graph)) as SavedDraft,
    keep: (backup) => writeBackup(workflow.id, backup),
    onSaved: (answer, graph) =>
      queries.setQueryData<Workflow>(
        workflowQuery(workflow.id).queryKey,
        (now) =>
          now && {
            ...now,
            ...answer,
            graph,
            publication: now.publication && { ...now.publication, has_changes: true },
          },
      ),
  });
  const backup = mayEdit ? readBackup(workflow.id) : null;
  if (backup) {
    // What was drawn without a connection: saved over its own revision, or the person is asked.
    store.getState().rebase(backup.revision);
    store.getState().edit(() => backup.graph, { whole: true });
  }
  return {
    workflow: workflow.id,
    setup: mayEdit ? workflow.setup : [],
    needsModel: workflow.needs_model,
    store,
    autosave,
    ui: createUiStore(),
    runs: createRunStore(),
    canvas: { current: null },
  };
}
