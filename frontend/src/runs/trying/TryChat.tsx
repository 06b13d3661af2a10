import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Graph, Json, Shapes } from "@/api/types";
import {
  type ChatMessage,
  ChatThread,
  Composer,
  type ComposerHandle,
  useChatWords,
  useFileWords,
} from "@/chat";
import { type StepTypes, titleOf } from "@/flow-kit/stepTypes";
import { toast } from "@/ui";
import { isOver } from "../fold";
import { stepAt } from "../paths";
import { createRunStore, RunContext } from "../runStore";
import { useDraftChat } from "../useDraftChat";
import { RunWaits } from "../waits/RunWaits";
import { usePause } from "../waits/usePause";
import { Questions } from "./Questions";
import { answersTo, questionsOf } from "./questions";
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
  const fileWords = useFileWords();
  const [store] = useState(() => createRunStore());
  const { id, graph, shapes } = app;
  const prepare = useCallback(async () => ({ graph, types, shapes }), [graph, types, shapes]);
  const chat = useDraftChat({ workflow: id, runStore: store, prepare });
  const runId = useStore(store, (s) => s.runId);
  const run = useStore(store, (s) => s.run);
  const pause = usePause(runId, run);
  const { stop } = chat;
  const questions = useMemo(() => questionsOf(graph, types), [graph, types]);
  const [inputs, setInputs] = useState<Record<string, Json>>({});
  const busy = useRef(new Set<string>());
  const composer = useRef<ComposerHandle>(null);
  const send = async (text: string) => {
    const isSent = busy.current.size === 0 && (await chat.send(text, answersTo(questions, inputs)));
    if (isSent) return;
    if (busy.current.size > 0) toast.failed(fileWords.busy);
    composer.current?.fill(text);
  };

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
    if (question !== null) void send(question);
  };
  return (
    <RunContext value={store}>
      <div className={css.chat}>
        <ChatThread
          messages={chat.messages}
          words={words}
          suggestions={chat.isRunning ? [] : suggestions}
          onSuggestion={(text) => void send(text)}
          onRetry={retry}
        />
        {questions.length > 0 && chat.messages.length === 0 && (
          <Questions
            workflow={id}
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
        <div className={css.foot}>
          <Composer
            words={words}
            ref={composer}
            onSend={(text) => void send(text)}
            onStop={stop}
            isRunning={chat.isRunning}
          />
        </div>
      </div>
    </RunContext>
  );
}
