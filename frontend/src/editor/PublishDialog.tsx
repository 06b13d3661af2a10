import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, ExternalLink } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { publishing } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { workflowQuery } from "@/api/queries";
import type { Model, Publication, Published, Workflow } from "@/api/types";
import { titleOf } from "@/flow-kit/stepTypes";
import { stepsIn } from "@/flow-kit/tree";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Banner, Button, CopyField, Dialog } from "@/ui";
import { changesBetween } from "./changes";
import { useDraft, useEditor, useUi } from "./context";
import css from "./PublishDialog.module.css";
import { usesPractice } from "./practice";

// Only where something is published already.
const PublishedChanges = lazy(() => import("./PublishedChanges"));
const UsedBy = lazy(async () => ({ default: (await import("@/uses/UsedBy")).UsedBy }));

export interface PublishDialogProps {
  name: string;
  publication: Publication | null;
  models: readonly Model[];
  defaultModel: string;
}

/** Opens the dialog; with something to fix, the list of that instead. Never a dead button. */
export function PublishButton({ publication }: { publication: Publication | null }) {
  const { t } = useTranslation("editor");
  const { ui, autosave, store } = useEditor();
  const open = async () => {
    const isSaved = await autosave.flush();
    const hasErrors = store.getState().problems.some((p) => p.severity === "error");
    if (hasErrors) ui.setState({ isProblemListOpen: true });
    else if (isSaved) ui.setState({ isPublishOpen: true });
    else ui.notify(t("publish.notSaved"));
  };
  return (
    <Button look="primary" data-publish="" onClick={() => void open()}>
      {publication === null
        ? t("publish.action")
        : publication.has_changes
          ? t("publish.again")
          : t("publish.live")}
    </Button>
  );
}

/** What will be public, one button, and then the way to it. */
export function PublishDialog({ name, publication, models, defaultModel }: PublishDialogProps) {
  const { t, i18n } = useTranslation("editor");
  const { ui, workflow, types } = useEditor();
  const isOpen = useUi((s) => s.isPublishOpen);
  const graph = useDraft((s) => s.graph);
  const queries = useQueryClient();
  const publish = useMutation({
    mutationFn: () => publishing.publish(workflow),
    onSuccess: ({ publication }: Published) => {
      queries.setQueryData<Workflow>(
        workflowQuery(workflow).queryKey,
        (now) => now && { ...now, publication },
      );
      void queries.invalidateQueries({ queryKey: ["workflows"], exact: true });
    },
    onError: (error) => {
      if (!(error instanceof ApiError && error.code === "graph_has_problems")) return;
      ui.setState({ isPublishOpen: false, isProblemListOpen: true });
    },
  });
  const close = () => {
    ui.setState({ isPublishOpen: false });
    publish.reset();
  };
  const fault = publish.error ? wordsOfThrown(publish.error) : null;
  const isPublished = publication !== null;
  if (publish.data) {
    const { api_key, publication: now } = publish.data;
    return (
      <Success
        open={isOpen}
        onClose={close}
        publication={now}
        apiKey={api_key}
        text={t("publish.doneText")}
      />
    );
  }
  if (publication && !publication.has_changes) {
    return (
      <Success
        open={isOpen}
        onClose={close}
        publication={publication}
        apiKey={null}
        text={t("publish.liveText")}
      />
    );
  }
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => !open && close()}
      title={isPublished ? t("publish.titleAgain", { name }) : t("publish.title", { name })}
      description={isPublished ? t("publish.textAgain") : t("publish.text")}
      footer={
        <>
          <Button onClick={close}>{t("publish.cancel")}</Button>
          <Button look="primary" busy={publish.isPending} onClick={() => publish.mutate()}>
            {t("publish.action")}
          </Button>
        </>
      }
    >
      <div className={css.body}>
        <ul className={css.facts}>
          <li>{t("publish.steps", { count: [...stepsIn(graph)].length })}</li>
          <li>{t("publish.anyone")}</li>
          <li>{t("publish.limits")}</li>
        </ul>
        {usesPractice(graph, types, models, defaultModel) && (
          <Banner tone="warn">{t("publish.practice")}</Banner>
        )}
        {isPublished && (
          <Suspense>
            <PublishedChanges
              workflow={workflow}
              version={publication.version_number}
              compare={(published) =>
                changesBetween(published, graph, (node) => titleOf(node, types, i18n.language))
              }
            />
            <UsedBy app={workflow} what="published" />
          </Suspense>
        )}
        {fault && (
          <Banner tone="bad" live title={fault.message}>
            {fault.hint}
          </Banner>
        )}
      </div>
    </Dialog>
  );
}

interface SuccessProps {
  open: boolean;
  onClose: () => void;
  publication: Publication;
  /** Only right after the first publishing. */
  apiKey: string | null;
  text: string;
}

function Success({ open, onClose, publication, apiKey, text }: SuccessProps) {
  const { t } = useTranslation("editor");
  const link = new URL(publication.chat_url, location.origin).href;
  return (
    <Dialog
      open={open}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        <span className={css.done}>
          <CircleCheck aria-hidden="true" />
          {t("publish.done")}
        </span>
      }
      description={text}
      footer={
        <>
          <Button onClick={onClose}>{t("publish.close")}</Button>
          <Button look="primary" asChild>
            <a href={link} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden="true" />
              {t("publish.open")}
            </a>
          </Button>
        </>
      }
    >
      <div className={css.body}>
        <div className={css.field}>
          <p className={css.label}>{t("publish.link")}</p>
          <CopyField label={t("publish.link")} value={link} />
        </div>
        {apiKey && (
          <div className={css.field}>
            <p className={css.label}>{t("publish.key")}</p>
            <CopyField label={t("publish.key")} value={apiKey} />
            <p className={css.note}>{t("publish.keyNote")}</p>
          </div>
        )}
      </div>
    </Dialog>
  );
}
