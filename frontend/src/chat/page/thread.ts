import { foldText } from "@/api/codepoints";
import type { Conversation, ErrorBody, Run, RunStatus } from "@/api/types";
import type { Ask } from "../ask/ask";
import type { ChatMessage, ChatStatus } from "../types";
import type { AnswerEvent } from "./visitorApi";

/** The messages on the page and the run that is under way, if any. */
export interface Thread {
  conversation: string | null;
  messages: ChatMessage[];
  run: string | null;
  /** What that run asks now. */
  asks: Ask[];
}

export const emptyThread: Thread = { conversation: null, messages: [], run: null, asks: [] };

/** How an error is put into words; given from outside because the words are loaded when first needed. */
export type Explain = (fault: Pick<ErrorBody, "code"> & Partial<ErrorBody>) => ChatMessage["error"];

/** The person's message and the place where the reply will grow. */
export function asked(thread: Thread, query: string, id: string): Thread {
  return {
    ...thread,
    messages: [
      ...thread.messages,
      { id: `${id}-q`, role: "user", text: query },
      { id: `${id}-a`, role: "assistant", text: "", status: "queued" },
    ],
  };
}

/** The failed reply and its question taken away again, to be asked anew. Null when the last message is none. */
export function withoutFailed(thread: Thread): { thread: Thread; query: string } | null {
  const [question, reply] = thread.messages.slice(-2);
  if (question?.role !== "user" || reply?.status !== "failed") return null;
  return { thread: { ...thread, messages: thread.messages.slice(0, -2) }, query: question.text };
}

/** What one event of the answer's stream makes of the thread. */
export function heard(thread: Thread, event: AnswerEvent, explain: Explain): Thread {
  if (event.kind === "run") {
    const next = {
      ...thread,
      run: event.run.id,
      conversation: event.run.conversation_id ?? thread.conversation,
    };
    // A visitor need not know that the run is still in a queue.
    return inReply(next, () => ({ status: "streaming" }));
  }
  if (event.kind === "answer") {
    return inReply(thread, (reply) => ({
      status: thread.asks.length > 0 ? "waiting" : "streaming",
      text: foldText(reply.text, event.offset, event.text),
    }));
  }
  if (event.kind === "asks") {
    const isAsking = event.asks.length > 0;
    return inReply({ ...thread, asks: event.asks }, () => ({ status: isAsking ? "waiting" : "streaming" }));
  }
  if (event.kind === "doing") return inReply(thread, () => ({ doing: event.doing }));
  return inReply({ ...thread, run: null, asks: [] }, (reply) => ended(reply, event.run, explain));
}

/** The reply could not even be asked for, or the connection was lost for good. */
export function broke(
  thread: Thread,
  fault: Pick<ErrorBody, "code"> & Partial<ErrorBody>,
  explain: Explain,
): Thread {
  return inReply({ ...thread, run: null, asks: [] }, () => ({ status: "failed", error: explain(fault) }));
}

/** A conversation as the server keeps it. A last question without a finished reply is one that still runs. */
export function loaded(conversation: Conversation, explain: Explain): Thread {
  const messages: ChatMessage[] = [];
  let run: string | null = null;
  for (const [position, message] of conversation.messages.entries()) {
    const id = `${conversation.id}-${position}`;
    if (message.role === "assistant") {
      messages.push({
        id,
        role: "assistant",
        text: message.text,
        run: message.run_id,
        rating: message.rating,
        ...(message.status === "cancelled" ? { status: "stopped" } : {}),
        ...(chatStatus(message.status) === "failed"
          ? { status: "failed", error: explain(message.error ?? { code: "app_failed" }) }
          : {}),
        ...(message.sources.length > 0 ? { sources: message.sources } : {}),
        ...(message.files.length > 0 ? { files: message.files } : {}),
      });
      continue;
    }
    messages.push({ id, role: "user", text: message.text });
    const next = conversation.messages[position + 1];
    if (next?.role === "assistant" || !message.status) continue;
    const status = chatStatus(message.status);
    if (status === "queued" || status === "streaming") run = message.run_id;
    if (status === "done") continue;
    messages.push({
      id: `${id}-a`,
      role: "assistant",
      text: "",
      status,
      ...(status === "failed" ? { error: explain({ code: "app_failed" }) } : {}),
    });
  }
  return { conversation: conversation.id, messages, run, asks: [] };
}

function ended(reply: ChatMessage, run: Run, explain: Explain): Partial<ChatMessage> {
  const status = chatStatus(run.status);
  const text = run.answer || reply.text;
  if (status === "failed") return { text, status, error: explain(run.error ?? { code: "app_failed" }) };
  return {
    text,
    status,
    run: run.id,
    ...(run.sources.length > 0 ? { sources: run.sources } : {}),
    ...(run.files.length > 0 ? { files: run.files } : {}),
  };
}

function chatStatus(status: RunStatus): ChatStatus {
  if (status === "queued") return "queued";
  if (status === "running" || status === "waiting") return "streaming";
  if (status === "succeeded") return "done";
  return status === "cancelled" ? "stopped" : "failed";
}

function inReply(thread: Thread, change: (reply: ChatMessage) => Partial<ChatMessage>): Thread {
  const last = thread.messages.at(-1);
  if (last?.role !== "assistant") return thread;
  return { ...thread, messages: [...thread.messages.slice(0, -1), { ...last, ...change(last) }] };
}
