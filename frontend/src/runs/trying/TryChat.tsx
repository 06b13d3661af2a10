import { useCallback, useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Graph, Shapes } from "@/api/types";
import { type ChatMessage, ChatThread, Composer, useChatWords } from "@/chat";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { isOver } from "../fold";
import { stepAt } from "../paths";
import { createRunStore, RunContext } from "../runStore";
import { useDraftChat } from "../useDraftChat";
import { RunWaits } from "../waits/RunWaits";
import { usePause } from "../waits/usePause";
import css from "./TryChat.module.css";

/** An app that can be talked with and not be changed. */
export interface Tried {
  readonly id: string;
  readonly graph: Graph;
  readonly shapes: Shapes;
}

export interface TryChatProps {
  app: Tried;
  types: StepTypes;
  suggestions: string[];
  language: string;
}

/** A conversation with an app that nobody has taken yet. Who leaves stops what runs. */
export function TryChat({ app, types, suggestions, language }: TryChatProps) {
  const words = useChatWords();
  const [store] = useState(() => createRunStore());
  const { id, graph, shapes } = app;
  const prepare = useCallback(async () => ({ graph, types, shapes }), [graph, types, shapes]);
  const chat = useDraftChat({ workflow: id, runStore: store, prepare });
  const runId = useStore(store, (s) => s.runId);
  const run = useStore(store, (s) => s.run);
  const pause = usePause(runId, run);
  const { stop } = chat;

  useEffect(
    () => () => {
      if (!isOver(store.getState().run.status)) stop();
    },
    [store, stop],
  );

  const titleAt = (path: string) => {
    const node = stepAt(graph, path);
    return node ? titleOf(node, types, language) : "";
  };
  const retry = (failed: ChatMessage) => {
    const question = chat.withdraw(failed);
    if (question !== null) void chat.send(question);
  };
  return (
    <RunContext value={store}>
      <div className={css.chat}>
        <ChatThread
          messages={chat.messages}
          words={words}
          suggestions={chat.isRunning ? [] : suggestions}
          onSuggestion={(text) => void chat.send(text)}
          onRetry={retry}
        />
        {runId && chat.isRunning && (
          <div className={css.waits}>
            <RunWaits runId={runId} run={run} pause={pause} titleOf={titleAt} />
          </div>
        )}
        <div className={css.foot}>
          <Composer
            words={words}
            onSend={(text) => void chat.send(text)}
            onStop={stop}
            isRunning={chat.isRunning}
          />
        </div>
      </div>
    </RunContext>
  );
}
