import { CirclePause, MessageSquarePlus } from "lucide-react";
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { runs as ofRun } from "@/api/endpoints";
import { ApiError } from "@/api/errors";
import { useMay } from "@/api/may";
import type { Json, Model } from "@/api/types";
import {
  type ChatFile,
  type ChatMessage,
  type ChatSource,
  ChatThread,
  Composer,
  type ComposerHandle,
  type Rated,
  useChatWords,
  useFileWords,
} from "@/chat";
import { titleOf } from "@/flow-kit/stepTypes";
import { wordsOfThrown } from "@/i18n/errorWords";
import { stepAt } from "@/runs/paths";
import { PinsInUse } from "@/runs/pins/PinsInUse";
import { RunNotes } from "@/runs/RunNotes";
import { CONVERSATION } from "@/runs/remembered";
import { useRun } from "@/runs/runStore";
import { Questions } from "@/runs/trying/Questions";
import { answersTo, questionsOf } from "@/runs/trying/questions";
import { useDraftChat } from "@/runs/useDraftChat";
import { RunWaits } from "@/runs/waits/RunWaits";
import { usePause } from "@/runs/waits/usePause";
import { Banner, Button, IconButton } from "@/ui";
import css from "./ChatPanel.module.css";
import { ConversationMemory } from "./ConversationMemory";
import { useDraft, useEditor } from "./context";
import { KnowledgeHint } from "./KnowledgeHint";
import { usesPractice } from "./practice";
import { ForkedNote } from "./RunAgain";
import { KEY_REFUSED, refusedConnection } from "./refusedKey";

export interface ChatPanelProps {
  suggestions: string[];
  models: readonly Model[];
  defaultModel: string;
  ref: Ref<{ focus: () => void }>;
}

const rate = async ({ run = "" }: ChatMessage, rating: Rated | null, reason: string) => {
  await ofRun.rate(run, { rating, reason });
};
const fileWay = { href: ({ run = "", file_id }: ChatFile) => ofRun.file(run, file_id) };

/** A conversation with the draft, beside the steps that answer it. */
export function ChatPanel({ suggestions, models, defaultModel, ref }: ChatPanelProps) {
  const { t, i18n } = useTranslation("editor");
  const { t: ofRuns } = useTranslation("runs");
  const { t: common } = useTranslation("common");
  const words = useChatWords();
  const fileWords = useFileWords();
  const { workflow, store, types, runs, autosave, ui, t: now } = useEditor();
  const composer = useRef<ComposerHandle>(null);
  const graph = useDraft((s) => s.graph);
  const [inputs, setInputs] = useState<Record<string, Json>>({});
  const busy = useRef(new Set<string>());
  const questions = useMemo(() => questionsOf(graph, types), [graph, types]);
  const remembers = graph.variables?.some((one) => one.scope === CONVERSATION);
  const isPractice = usesPractice(graph, types, models, defaultModel);

  useImperativeHandle(ref, () => ({ focus: () => composer.current?.focus() }));

  // Who comes from a run to try it again finds its message here.
  const brought: unknown = useLocation().state?.message;
  useEffect(() => {
    if (typeof brought === "string" && brought) composer.current?.fill(brought);
  }, [brought]);

  const prepare = useCallback(async () => {
    if (!(await autosave.flush())) {
      const state = autosave.getState();
      ui.notify(state.kind === "refused" ? wordsOfThrown(state.error).message : now("chat.notSaved"));
      return null;
    }
    const { graph, shapes } = store.getState();
    return { graph, types, shapes };
  }, [autosave, store, types, ui, now]);
  const onRefused = useCallback(
    (error: unknown) => {
      const isProblem = error instanceof ApiError && error.code === "graph_has_problems";
      if (isProblem) ui.setState({ isProblemListOpen: true });
      return isProblem;
    },
    [ui],
  );
  const chat = useDraftChat({ workflow, runStore: runs, prepare, onRefused });
  const runId = useRun((s) => s.runId);
  const run = useRun((s) => s.run);
  const drawn = useRun((s) => s.plan?.graph);
  const pause = usePause(runId, run);
  const may = useMay();
  const sourceLink = useCallback(
    (source: ChatSource) => <SourceLink source={source}>{words.openSource}</SourceLink>,
    [words],
  );
  const send = async (text: string) => {
    if (busy.current.size > 0) {
      ui.notify(fileWords.busy);
      composer.current?.fill(text);
      return;
    }
    if (!(await chat.send(text, answersTo(questions, inputs)))) composer.current?.fill(text);
  };
  const titleAt = (path: string) => {
    const node = drawn && stepAt(drawn, path);
    return node ? titleOf(node, types, i18n.language) : "";
  };
  const checkKey = () => {
    const connection = refusedConnection(run, drawn, { types, models, defaultModel });
    return (
      <Button size="s" look="primary" asChild>
        <Link to={connection ? `/models?key=${encodeURIComponent(connection)}` : "/models"}>
          {t("chat.checkKey")}
        </Link>
      </Button>
    );
  };
  const retry = (failed: ChatMessage) => {
    const question = chat.withdraw(failed);
    if (question !== null) void send(question);
  };

  return (
    <>
      {isPractice && (
        <Banner flush tone="warn">
          {t("chat.practice", { name: common("practiceModel") })}{" "}
          <Link to="/models">{t("chat.connect")}</Link>
        </Banner>
      )}
      <PinsInUse workflow={workflow} graph={graph} types={types} />
      <KnowledgeHint graph={graph} types={types} />
      <ChatThread
        messages={chat.messages}
        words={words}
        suggestions={chat.messages.length === 0 ? suggestions : []}
        onSuggestion={send}
        onRetry={retry}
        remedy={may.own && run.error?.code === KEY_REFUSED && checkKey()}
        sourceLink={sourceLink}
        fileWay={fileWay}
        onRate={rate}
        empty={<p className={css.empty}>{t("chat.empty")}</p>}
      />
      {questions.length > 0 && chat.messages.length === 0 && (
        <Questions
          workflow={workflow}
          questions={questions}
          values={inputs}
          onChange={(name, value) => setInputs((now) => ({ ...now, [name]: value }))}
          onBusy={(name, isBusy) => {
            if (isBusy) busy.current.add(name);
            else busy.current.delete(name);
          }}
        />
      )}
      {runId && chat.isRunning && (
        <div className={css.waits}>
          <RunWaits runId={runId} run={run} pause={pause} titleOf={titleAt} />
        </div>
      )}
      {!chat.isRunning && (
        <div className={css.waits}>
          <ForkedNote />
          <RunNotes run={run} titleOf={titleAt} onLimits={() => ui.setState({ isLimitsOpen: true })} />
        </div>
      )}
      <div className={css.foot}>
        <Composer
          ref={composer}
          className={css.composer}
          words={words}
          onSend={send}
          onStop={chat.stop}
          isRunning={chat.isRunning}
        />
        {chat.isRunning && runId && pause.state === "going" && run.status === "running" && (
          <IconButton label={ofRuns("waits.pauseHelp")} tooltipSide="top" onClick={pause.pause}>
            <CirclePause />
          </IconButton>
        )}
        {chat.messages.length > 0 && remembers && (
          <ConversationMemory conversation={chat.conversationId} isRunning={chat.isRunning} />
        )}
        {chat.messages.length > 0 && (
          <IconButton label={t("chat.restart")} tooltipSide="top" onClick={chat.restart}>
            <MessageSquarePlus />
          </IconButton>
        )}
      </div>
    </>
  );
}

/** Opens the document of a source at the passage. Documents that are no longer here say so there. */
function SourceLink({ source, children }: { source: ChatSource; children: string }) {
  const { knowledge_id, document_id, chunk_id } = source;
  if (!knowledge_id || !document_id) return null;
  const at = new URLSearchParams({ document: document_id, ...(chunk_id ? { chunk: String(chunk_id) } : {}) });
  return <Link to={`/knowledge/${knowledge_id}?${at}`}>{children}</Link>;
}
