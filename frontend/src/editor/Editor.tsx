import { Play } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { ModelsPage, Workflow } from "@/api/types";
import { LookingOnly } from "@/faults/LookingOnly";
import { useOffering } from "@/palette/offers";
import { RunContext } from "@/runs/runStore";
import { Button, InHeader } from "@/ui";
import { Canvas } from "./Canvas";
import { ChatPanel } from "./ChatPanel";
import { ConnectDialog } from "./ConnectDialog";
import { EditorContext, type EditorWorld, useEditor, useUi } from "./context";
import css from "./Editor.module.css";
import { HelpDialog } from "./HelpDialog";
import { useShortcuts } from "./keyboard";
import { LimitsDialog } from "./LimitsDialog";
import { MemoryDialog } from "./MemoryDialog";
import { Notice } from "./Notice";
import { Outline } from "./Outline";
import { offersOf } from "./offers";
import { Panel } from "./Panel";
import { PresentPeople } from "./PresentPeople";
import { Problems } from "./Problems";
import { PublishButton, PublishDialog } from "./PublishDialog";
import { RunAgain } from "./RunAgain";
import { RunAnnouncer } from "./RunAnnouncer";
import { SaveState } from "./SaveState";
import { StepPanel } from "./StepPanel";
import { StepPicker } from "./StepPicker";
import { SetUp } from "./setup/SetUp";
import { AddStepButton, Toolbar } from "./Toolbar";
import { useFirstTour } from "./tour/useFirstTour";
import { useFlowWords } from "./useFlowWords";
import { useStepInAddress } from "./useStepInAddress";

const Tour = lazy(() => import("./tour/Tour"));
const GroupDialog = lazy(() => import("./groups/GroupDialog"));

export interface EditorProps {
  world: EditorWorld;
  workflow: Workflow;
  models: ModelsPage | undefined;
}

/** One open app: canvas or list of steps, panel, toolbars and dialogs. */
export function Editor(props: EditorProps) {
  return (
    <EditorContext value={props.world}>
      <RunContext value={props.world.runs}>
        <Parts {...props} />
      </RunContext>
    </EditorContext>
  );
}

/** The id of the part of the page that shows the steps. */
const STEPS = "steps-of-the-app";
const NO_MODELS: ModelsPage["models"] = [];

function Parts({ workflow, models }: EditorProps) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const { ui } = editor;
  const list = models?.models ?? NO_MODELS;
  const defaultModel = models?.default ?? "";
  const usual = useMemo(
    () => Object.fromEntries((models?.kinds ?? []).map((each) => [each.kind, each.default])),
    [models],
  );
  const words = useFlowWords(list, defaultModel);
  const isSmall = useMedia("(max-width: 1023px)");
  const isPhone = useMedia("(max-width: 759px)");
  const areStepsHidden = useUi((s) => s.tab !== "steps") && isPhone;
  const isOutline = useUi((s) => s.isOutline) || isSmall;
  const chat = useRef<{ focus: () => void }>(null);
  const may = useMay();
  const tour = useUi((s) => s.tour);
  const grouping = useUi((s) => s.grouping);
  useShortcuts();
  useFirstTour();
  useStepInAddress();
  useOffering(() => offersOf(editor, i18n.language));

  const tryIt = useCallback(() => {
    ui.setState({ tab: "chat" });
    // After the tab is shown: what is hidden takes no focus.
    requestAnimationFrame(() => chat.current?.focus());
  }, [ui]);

  return (
    <div className={css.editor} data-steps={areStepsHidden ? "hidden" : undefined}>
      <InHeader>
        <PresentPeople />
        {may.edit && (
          <>
            <SaveState />
            <Button icon={<Play />} onClick={tryIt}>
              {t("chat.try")}
            </Button>
            <PublishButton publication={workflow.publication} />
          </>
        )}
      </InHeader>
      <section
        className={css.stage}
        id={STEPS}
        data-outline={isOutline || undefined}
        aria-label={t("canvas.region")}
      >
        {isOutline ? <Outline words={words} /> : <Canvas words={words} />}
        <div className={css.top}>{may.edit ? <AddStepButton /> : <LookingOnly />}</div>
        <div className={css.bottom}>
          <Toolbar isOutline={isOutline} isSmall={isSmall} />
          <Problems />
        </div>
        <Notice />
      </section>
      <Panel
        stepsBy={isPhone ? STEPS : undefined}
        chat={
          may.edit && (
            <ChatPanel
              ref={chat}
              suggestions={workflow.suggestions}
              models={list}
              defaultModel={defaultModel}
            />
          )
        }
        step={
          <RunAgain>
            <StepPanel models={list} usual={usual} />
          </RunAgain>
        }
      />
      {may.edit && <StepPicker />}
      <ConnectDialog words={words} />
      {may.edit && <SetUp models={list} usual={usual} onDone={tryIt} />}
      {may.edit && grouping !== null && (
        <Suspense>
          <GroupDialog group={grouping === "new" ? null : grouping.group} />
        </Suspense>
      )}
      <HelpDialog />
      <MemoryDialog />
      <LimitsDialog maximum={workflow.maximum} />
      <PublishDialog
        name={workflow.name}
        publication={workflow.publication}
        models={list}
        defaultModel={defaultModel}
      />
      {tour !== null && (
        <Suspense>
          <Tour at={tour} />
        </Suspense>
      )}
      <RunAnnouncer />
      <LeaveGuard />
    </div>
  );
}

/** Leaving with something unsaved: the browser asks. What is unsaved is kept on this computer in any case. */
function LeaveGuard() {
  const { autosave } = useEditor();
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (autosave.isDirty()) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [autosave]);
  return null;
}

function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
