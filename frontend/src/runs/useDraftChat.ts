import i18next from "i18next";
import { useCallback, useEffect, useRef, useState } from "react";
import * as api from "@/api/endpoints";
import type { Conversation, Json } from "@/api/types";
import type { ChatMessage, ChatStatus } from "@/chat";
import { errorWords, wordsOfThrown } from "@/i18n/errorWords";
import type { AnswerPlan } from "./answer";
import { doingNow } from "./doingNow";
import { isOver, type RunState } from "./fold";
import { followRun } from "./followRun";
import type { RunStore } from "./runStore";

export interface DraftChatOptions {
  workflow: string;
  runStore: RunStore;
  /** Saves what is drawn, so that the server runs it. Null when that was not possible: then nothing is sent. */
  prepare: () => Promise<AnswerPlan | null>;
  /** The server refused to begin; true when someone else shows why. */
  onRefused?: (error: unknown) => boolean;
}

let nextKey = 0;

/** A conversation with the draft: messages, the run under way, and what a person can do with it. */
export function useDraftChat({ workflow, runStore, prepare, onRefused }: DraftChatOptions) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [isRunning, setRunning] = useState(false);
  const conversation = useRef<string | null>(null);
  const stopWatching = useRef<() => void>(() => {});

  const changeReply = useCallback((key: string, change: Partial<ChatMessage>) => {
    setMessages((all) => all.map((m) => (m.id === key ? { ...m, ...change } : m)));
  }, []);

  useEffect(() => () => stopWatching.current(), []);

  const prepareNow = useRef(prepare);
  useEffect(() => {
    prepareNow.current = prepare;
  }, [prepare]);

  const follow = useCallback(
    (run: string, reply: string) => {
      const unfollow = followRun(run, runStore);
      const unsubscribe = runStore.subscribe(({ run: state, plan, answer, runId }) => {
        if (runId !== run) return;
        changeReply(reply, replyOf(run, state, plan, answer));
        if (isOver(state.status)) end();
      });
      const end = () => {
        unfollow();
        unsubscribe();
        setRunning(false);
      };
      stopWatching.current = end;
    },
    [runStore, changeReply],
  );

  // A reload must not lose the conversation, nor the run under way: the server has both.
  useEffect(() => {
    const kept = keptConversation(workflow);
    if (!kept) return;
    let isGone = false;
    const resume = async () => {
      const { messages: said } = await api.runs.conversation(kept);
      const last = said.at(-1)?.run_id;
      const [run, plan] = await Promise.all([last ? api.runs.get(last) : null, prepareNow.current()]);
      if (isGone || conversation.current) return;
      conversation.current = kept;
      const thread = said.map(messageOf);
      setMessages(thread);
      if (!run || !plan) return;
      runStore.begin(run.id, run.query, plan);
      if (isOver(run.status)) {
        runStore.take(run.events.map((event) => ({ id: `${event.seq}-0`, kind: "event", event })));
        return;
      }
      const key = `m${++nextKey}`;
      setMessages([...thread, { id: key, role: "assistant", text: "", status: "queued" }]);
      setRunning(true);
      follow(run.id, key);
    };
    // Gone or not ours any more: begin anew.
    resume().catch(() => keepConversation(workflow, null));
    return () => {
      isGone = true;
    };
  }, [workflow, runStore, follow]);

  /** False when the message was not sent and is not shown: then the person gets it back. */
  const send = useCallback(
    async (query: string, inputs: Record<string, Json> = {}): Promise<boolean> => {
      const key = `m${++nextKey}`;
      setRunning(true);
      setMessages((all) => [
        ...all,
        { id: `${key}q`, role: "user", text: query },
        { id: key, role: "assistant", text: "", status: "queued" },
      ]);
      try {
        const plan = await prepare();
        if (!plan) {
          setMessages((all) => all.filter((m) => m.id !== key && m.id !== `${key}q`));
          setRunning(false);
          return false;
        }
        const run = await api.runs.start(workflow, {
          query,
          ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
          ...(conversation.current ? { conversation_id: conversation.current } : {}),
        });
        conversation.current = run.conversation_id;
        keepConversation(workflow, run.conversation_id);
        runStore.begin(run.id, query, plan);
        follow(run.id, key);
      } catch (thrown) {
        onRefused?.(thrown);
        changeReply(key, { status: "failed", error: wordsOfThrown(thrown) });
        setRunning(false);
      }
      return true;
    },
    [workflow, runStore, prepare, onRefused, follow, changeReply],
  );

  const stop = useCallback(() => {
    const { runId } = runStore.getState();
    if (runId) api.runs.cancel(runId).catch(() => {});
  }, [runStore]);

  const restart = useCallback(() => {
    stop();
    stopWatching.current();
    conversation.current = null;
    keepConversation(workflow, null);
    setMessages([]);
    setRunning(false);
    runStore.clear();
  }, [workflow, runStore, stop]);

  /** Takes a failed reply and its question out of the conversation; gives back the question, to be sent again. */
  const withdraw = useCallback(
    (failed: ChatMessage): string | null => {
      const at = messages.findIndex((m) => m.id === failed.id);
      const question = messages[at - 1];
      if (!question) return null;
      setMessages((all) => all.filter((m) => m.id !== failed.id && m.id !== question.id));
      return question.text;
    },
    [messages],
  );

  /** The conversation as the server knows it; null before the first message. */
  const conversationId = useCallback(() => conversation.current, []);

  return { messages, isRunning, send, stop, restart, withdraw, conversationId };
}

const STATUS: Record<RunState["status"], ChatStatus> = {
  queued: "queued",
  running: "streaming",
  waiting: "waiting",
  succeeded: "done",
  failed: "failed",
  timed_out: "failed",
  cancelled: "stopped",
};

const PLACE = "treadle.draft-chat.";

/** The conversation this window had with an app's draft, if any. */
function keptConversation(workflow: string): string | null {
  try {
    return sessionStorage.getItem(PLACE + workflow);
  } catch {
    return null; // storage is switched off: a reload then begins anew
  }
}

function keepConversation(workflow: string, conversation: string | null): void {
  try {
    if (conversation) sessionStorage.setItem(PLACE + workflow, conversation);
    else sessionStorage.removeItem(PLACE + workflow);
  } catch {
    // As above.
  }
}

function messageOf({
  role,
  text,
  status,
  sources,
  files,
  error,
  rating,
  run_id: run,
}: Conversation["messages"][number]): ChatMessage {
  const id = `m${++nextKey}`;
  return role === "user"
    ? { id, role, text }
    : {
        id,
        role: "assistant",
        text,
        status: STATUS[status],
        run,
        rating,
        sources,
        files: files.map((file) => ({ ...file, run })),
        ...(error ? { error: errorWords(error) } : {}),
      };
}

function replyOf(id: string, run: RunState, plan: AnswerPlan | null, answer: string): Partial<ChatMessage> {
  return {
    text: answer,
    run: id,
    status: run.isPaused && !isOver(run.status) ? "paused" : STATUS[run.status],
    doing: doingNow(run, plan, i18next.language),
    sources: run.sources,
    files: run.files.map((file) => ({ ...file, run: id })),
    ...(run.error ? { error: errorWords(run.error) } : {}),
  };
}
