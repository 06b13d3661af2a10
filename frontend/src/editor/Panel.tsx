import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { nodeById } from "@/flow-kit/graph";
import { titleOf } from "@/flow-kit/stepTypes";
import { Tab, TabList, TabPanel, Tabs } from "@/ui";
import { useDraft, useEditor, useUi } from "./context";
import css from "./Panel.module.css";
import type { PanelTab } from "./ui";

const NARROW = 360;
const WIDE = 480;
const WIDTH_KEY = "treadle.panel.width";

export interface PanelProps {
  chat: ReactNode;
  step: ReactNode;
  /** The id of what shows all steps, where there is room for one thing at a time. */
  stepsBy?: string | undefined;
}

/** The panel at the right: the chat, and the selected step. Both stay as they are while the other is shown. */
export function Panel({ chat, step, stepsBy }: PanelProps) {
  const { t, i18n } = useTranslation("editor");
  const { ui, types } = useEditor();
  const wanted = useUi((s) => s.tab);
  const areStepsShown = stepsBy !== undefined && wanted === "steps";
  // Without a chat (who only looks may not try drafts) the step is all there is.
  const beside = chat && wanted !== "step" ? "chat" : "step";
  const tab = areStepsShown ? "steps" : beside;
  const selected = useDraft((s) => (s.selection.length === 1 ? s.selection[0] : undefined));
  const graph = useDraft((s) => s.graph);
  const faults = useDraft(
    (s) => s.problems.filter((p) => p.node === selected && p.severity === "error").length,
  );
  const [width, setWidth] = useState(storedWidth);
  const node = selected ? nodeById(graph, selected) : undefined;
  const title = node ? titleOf(node, types, i18n.language) : "";

  const resize = (next: number) => {
    const kept = Math.min(WIDE, Math.max(NARROW, next));
    setWidth(kept);
    storeWidth(kept);
  };

  return (
    <aside
      className={css.panel}
      style={{ "--panel": `${width}px` } as React.CSSProperties}
      aria-label={t("panel.label")}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that is moved is not a rule between texts */}
      <div
        className={css.edge}
        role="separator"
        aria-orientation="vertical"
        aria-label={t("panel.resize")}
        aria-valuenow={width}
        aria-valuemin={NARROW}
        aria-valuemax={WIDE}
        tabIndex={0}
        onPointerDown={(event: PointerEvent<HTMLDivElement>) => {
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event: PointerEvent<HTMLDivElement>) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId))
            resize(window.innerWidth - event.clientX);
        }}
        onKeyDown={(event: KeyboardEvent) => {
          const by = { ArrowLeft: 16, ArrowRight: -16 }[event.key];
          if (!by) return;
          event.preventDefault();
          resize(width + by);
        }}
      />
      <Tabs className={css.tabs} value={tab} onValueChange={(next) => ui.setState({ tab: next as PanelTab })}>
        <TabList fill aria-label={t("panel.label")}>
          {stepsBy !== undefined && (
            <Tab value="steps" aria-controls={stepsBy}>
              {t("panel.steps")}
            </Tab>
          )}
          {chat && <Tab value="chat">{t("panel.chat")}</Tab>}
          <Tab value="step">
            <span className={css.step}>
              <span className={css.name}>{title ? t("panel.stepOf", { title }) : t("panel.step")}</span>
              {faults > 0 && (
                <span className={css.count} title={t("problems.count", { count: faults })}>
                  {faults}
                </span>
              )}
            </span>
          </Tab>
        </TabList>
        <TabPanel className={css.body} value="chat" forceMount hidden={tab !== "chat"}>
          {chat}
        </TabPanel>
        <TabPanel className={css.body} value="step" forceMount hidden={tab !== "step"}>
          {step}
        </TabPanel>
      </Tabs>
    </aside>
  );
}

function storedWidth(): number {
  try {
    const width = Number(localStorage.getItem(WIDTH_KEY));
    return width >= NARROW && width <= WIDE ? width : 400;
  } catch {
    return 400;
  }
}

function storeWidth(width: number): void {
  try {
    localStorage.setItem(WIDTH_KEY, String(width));
  } catch {
    // Storage may be blocked; the width is then for this visit only.
  }
}
