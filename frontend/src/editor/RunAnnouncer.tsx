import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { nodeById, readingOrder } from "@/flow-kit/graph";
import { startsRun, titleOf } from "@/flow-kit/stepTypes";
import { homeOf } from "@/flow-kit/tree";
import { errorWords } from "@/i18n/errorWords";
import { isOver, type Progress } from "@/runs/fold";
import type { RunView } from "@/runs/runStore";
import { useStatusWords } from "@/runs/StatusLine";
import type { ShownStep } from "@/runs/shown";
import { useEditor, useUi } from "./context";

/** Of what repeats, it is enough to hear each quarter. */
function isNewQuarter({ progress: before }: ShownStep, { progress: now }: ShownStep): boolean {
  const quarter = (p: Progress | null) => (p?.total ? Math.floor((4 * p.done) / p.total) : 0);
  return quarter(now) > quarter(before);
}

/** Says how a run goes, for those who do not see it: at most every two seconds, failures at once. */
const PAUSE_MS = 2_000;

export function RunAnnouncer() {
  const { t, i18n } = useTranslation("runs");
  const { runs, types } = useEditor();
  const notice = useUi((s) => s.notice);
  const status = useStatusWords();
  const [polite, setPolite] = useState("");
  const [urgent, setUrgent] = useState("");
  const say = useRef({ t, status, language: i18n.language });

  useEffect(() => {
    say.current = { t, status, language: i18n.language };
  });

  useEffect(() => {
    let last = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const speak = (text: string) => {
      clearTimeout(timer);
      const wait = Math.max(0, last + PAUSE_MS - performance.now());
      timer = setTimeout(() => {
        last = performance.now();
        setPolite(text);
      }, wait);
    };
    const title = (view: RunView, id: string) => {
      const node = view.plan && nodeById(view.plan.graph, id);
      return node ? titleOf(node, types, say.current.language) : id;
    };
    const unsubscribe = runs.subscribe((view, before) => {
      const { t, status } = say.current;
      if (!view.plan || view.shown === before.shown) return;
      if (view.run.status !== before.run.status && isOver(view.run.status)) {
        if (view.run.status === "succeeded") speak(t("live.done"));
        else if (view.run.status === "cancelled") speak(t("live.stopped"));
        else if (view.run.error)
          setUrgent(t("live.runFailed", { message: errorWords(view.run.error).message }));
        return;
      }
      if (view.run.status === "waiting" && before.run.status !== "waiting")
        speak(t(view.run.isPaused ? "live.paused" : "live.waiting"));
      const { graph } = view.plan;
      const ids = readingOrder(graph, (n) => startsRun(types.get(n.type)));
      for (const [id, shown] of view.shown) {
        if (shown === before.shown.get(id) || shown.kind === "skipped") continue;
        const old = before.shown.get(id);
        if (shown.kind === old?.kind && !isNewQuarter(old, shown)) continue;
        const step = view.run.steps[view.paths.get(id) ?? id];
        if (shown.kind === "failed" && step?.error) {
          setUrgent(t("live.failed", { title: title(view, id), message: errorWords(step.error).message }));
        } else if (homeOf(graph, id).length === 0) {
          // What happens in each round would be too much to hear; the frame says how far it has come.
          const number = ids.indexOf(id) + 1;
          speak(t("live.step", { number, count: ids.length, title: title(view, id), status: status(shown) }));
        }
      }
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [runs, types]);

  return (
    <div className="visually-hidden">
      <div role="status">{polite}</div>
      <div role="alert">{urgent}</div>
      <div role="alert" key={notice?.key}>
        {notice?.text}
      </div>
    </div>
  );
}
