import { useCallback, useEffect, useRef, useState } from "react";
import { asApiError } from "@/api/errors";
import type { Json } from "@/api/types";
import type { Place } from "./place";
import { asked, broke, type Explain, emptyThread, heard, loaded, type Thread, withoutFailed } from "./thread";
import type { AnswerEvent, VisitorApi } from "./visitorApi";

export interface ThreadControls {
  thread: Thread;
  isRunning: boolean;
  ask: (query: string, inputs?: Record<string, Json>) => void;
  stop: () => void;
  retry: (inputs?: Record<string, Json>) => void;
  open: (conversation: string) => Promise<void>;
  clear: () => void;
}

/** The conversation on the page: asking, following the answer, stopping, coming back to it later. */
export function useThread(
  api: VisitorApi,
  place: Place,
  explain: Promise<Explain>,
  onEnd: () => void,
): ThreadControls {
  const [thread, setThread] = useState<Thread>(emptyThread);
  const now = useRef(thread);
  const following = useRef<AbortController | null>(null);
  // Stop was pressed before the server had said which run it is.
  const stopWhenKnown = useRef(false);
  const [isRunning, setRunning] = useState(false);

  const put = useCallback(
    (next: Thread) => {
      now.current = next;
      setThread(next);
      place.write(next.conversation);
    },
    [place],
  );

  const follow = useCallback(
    async (open: (signal: AbortSignal) => AsyncGenerator<AnswerEvent>) => {
      following.current?.abort();
      const abort = new AbortController();
      following.current = abort;
      stopWhenKnown.current = false;
      setRunning(true);
      const words = await explain;
      try {
        for await (const event of open(abort.signal)) {
          if (abort.signal.aborted) return;
          put(heard(now.current, event, words));
          if (event.kind === "run" && stopWhenKnown.current) void api.cancel(event.run.id).catch(() => {});
        }
      } catch (thrown) {
        if (!abort.signal.aborted) put(broke(now.current, asApiError(thrown), words));
      } finally {
        if (following.current === abort) {
          following.current = null;
          setRunning(false);
          onEnd();
        }
      }
    },
    [api, explain, put, onEnd],
  );

  const ask = useCallback(
    (query: string, inputs?: Record<string, Json>) => {
      const { conversation } = now.current;
      put(asked(now.current, query, crypto.randomUUID?.() ?? String(Date.now())));
      void follow((signal) =>
        api.ask(
          {
            query,
            ...(inputs ? { inputs } : {}),
            ...(conversation ? { conversation_id: conversation } : {}),
          },
          signal,
        ),
      );
    },
    [api, follow, put],
  );

  const retry = useCallback(
    (inputs?: Record<string, Json>) => {
      const again = withoutFailed(now.current);
      if (!again) return;
      put(again.thread);
      ask(again.query, inputs);
    },
    [ask, put],
  );

  const stop = useCallback(() => {
    const { run } = now.current;
    if (run) void api.cancel(run).catch(() => {});
    else stopWhenKnown.current = true;
  }, [api]);

  const clear = useCallback(() => {
    following.current?.abort();
    following.current = null;
    setRunning(false);
    put(emptyThread);
  }, [put]);

  const open = useCallback(
    async (conversation: string) => {
      following.current?.abort();
      following.current = null;
      setRunning(false);
      const next = loaded(await api.conversation(conversation), await explain);
      put(next);
      const { run } = next;
      if (run) void follow((signal) => api.resume(run, signal));
    },
    [api, explain, follow, put],
  );

  useEffect(() => () => following.current?.abort(), []);

  return { thread, isRunning, ask, stop, retry, open, clear };
}
