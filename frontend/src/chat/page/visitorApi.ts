import { asApiError, errorOfAnswer, isAbort } from "@/api/errors";
import { followSse, type SseEvent } from "@/api/sse";
import type { Conversation, Json, Run } from "@/api/types";
import { upload } from "@/api/upload";
import type { Ask, AskAnswer } from "../ask/ask";
import type { FileWay } from "../FilesAlong";
import type { ChatFile, ChatMessage, Doing, Rated } from "../types";
import { byCookie, type Identity } from "./identity";

/** One field that the app asks for besides the question. */
export interface InputField {
  name: string;
  label?: string;
  type?: "text" | "paragraph" | "number" | "boolean" | "choice" | "list" | "object" | "file" | "files";
  required?: boolean;
  default?: Json;
  options?: string[];
  max_length?: number | null;
  max_items?: number | null;
  accepts?: string[];
  max_mb?: number | null;
}

/** What the page needs to draw itself. */
export interface AboutApp {
  name: string;
  suggestions: string[];
  is_practice: boolean;
  inputs: InputField[];
}

export interface ConversationSummary {
  id: string;
  title: string;
  updated_at: string;
}

/** What is listed beside the conversation. `remembers`: the app remembers something about the visitor. */
export interface VisitorsChats {
  conversations: ConversationSummary[];
  remembers: boolean;
}

/** One thing that the app remembers about the visitor; `name` may be empty. */
export interface VisitorMemory {
  id: string;
  name: string;
  text: string;
  said_at: string;
}

export type RunStart = Pick<Run, "id" | "status" | "conversation_id">;

/** What a visitor's page hears of an answer, in order. */
export type AnswerEvent =
  | { kind: "run"; run: RunStart }
  | { kind: "answer"; offset: number; text: string }
  | { kind: "asks"; asks: Ask[] }
  | { kind: "doing"; doing: Doing[] }
  | { kind: "end"; run: Run };

export interface Question {
  query: string;
  inputs?: Record<string, Json>;
  conversation_id?: string;
}

/** The public side of one published app, as its visitor may use it. */
export class VisitorApi {
  readonly #base: string;
  readonly #identity: Identity;

  /** `base`: where the page is, `/c/<slug>` or `/embed/<slug>`. */
  constructor(base: string, identity: Identity = byCookie) {
    this.#base = base;
    this.#identity = identity;
  }

  about(): Promise<AboutApp> {
    return this.#get("/app");
  }

  conversations(): Promise<VisitorsChats> {
    return this.#get("/conversations");
  }

  async memories(): Promise<VisitorMemory[]> {
    return (await this.#get<{ memories: VisitorMemory[] }>("/memories")).memories;
  }

  /** Forgets one thing, or all that is remembered about the visitor; gives what is left. */
  async forget(memory: string | null): Promise<VisitorMemory[]> {
    const path = memory === null ? "/memories" : `/memories/${encodeURIComponent(memory)}`;
    return (await this.#asked<{ memories: VisitorMemory[] }>(path, { method: "DELETE" })).memories;
  }

  conversation(id: string): Promise<Conversation> {
    return this.#get(`/conversations/${encodeURIComponent(id)}`);
  }

  cancel(run: string): Promise<Response> {
    return this.#post(`/runs/${encodeURIComponent(run)}/cancel`, {}, new AbortController().signal);
  }

  /** Answers what a run asks. */
  async answer(run: string, answer: AskAnswer): Promise<void> {
    const reply = await this.#post(
      `/runs/${encodeURIComponent(run)}/answer`,
      answer,
      new AbortController().signal,
    ).catch((thrown: unknown) => {
      throw asApiError(thrown);
    });
    if (!reply.ok) throw errorOfAnswer(reply.status, await reply.json().catch(() => null));
  }

  /** Keeps what the visitor thinks of a reply; null takes it back. */
  readonly rate = async ({ run = "" }: ChatMessage, rating: Rated | null, reason: string): Promise<void> => {
    const path = `/runs/${encodeURIComponent(run)}/rating`;
    const reply = await this.#post(path, { rating, reason }, new AbortController().signal);
    if (!reply.ok) throw errorOfAnswer(reply.status, await reply.json().catch(() => null));
  };

  /** Stores a file that is to come with a question; its id is named in the inputs. */
  sendFile(file: File, onSent: (part: number) => void, signal: AbortSignal): Promise<{ id: string }> {
    const form = new FormData();
    form.append("file", file);
    return upload(`${this.#base}/files`, form, onSent, signal, this.#identity.token());
  }

  /** How a file that a reply gave along can be had: a link brings a cookie along, but no token. */
  get fileWay(): FileWay {
    return this.#identity === byCookie ? this.#linked : this.#fetched;
  }

  readonly #linked = { href: ({ file_id }: ChatFile) => this.#base + filePath(file_id) };
  readonly #fetched = {
    load: async ({ file_id }: ChatFile) => {
      const answer = await this.#fetch(filePath(file_id));
      if (!answer.ok) throw errorOfAnswer(answer.status, await answer.json().catch(() => null));
      return answer.blob();
    },
  };

  /** Asks and follows the answer to its end, over broken connections. */
  ask(question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    return this.#answers((stop) => this.#post("/runs", question, stop), null, signal);
  }

  /** Follows the answer of a run that is under way, from its beginning: for a page that was reloaded. */
  resume(run: string, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    return this.#answers((stop) => this.#events(run, "", stop), run, signal);
  }

  async *#answers(
    open: (signal: AbortSignal) => Promise<Response>,
    known: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    let run = known;
    const source = {
      open,
      resume: (lastEventId: string, stop: AbortSignal) => (run ? this.#events(run, lastEventId, stop) : null),
      isLast: (event: SseEvent) => event.event === "end",
    };
    for await (const event of followSse(source, signal)) {
      const heard = answerEvent(event);
      if (heard?.kind === "run") run = heard.run.id;
      if (heard) yield heard;
    }
  }

  #events(run: string, lastEventId: string, signal: AbortSignal): Promise<Response> {
    const headers = lastEventId ? { "Last-Event-ID": lastEventId } : undefined;
    return this.#fetch(`/runs/${encodeURIComponent(run)}/events`, { headers, signal });
  }

  #post(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    return this.#fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  }

  async #fetch(
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const token = this.#identity.token();
    const answer = await fetch(
      this.#base + path,
      token === undefined
        ? init
        : { ...init, credentials: "omit", headers: { ...init.headers, Authorization: `Bearer ${token}` } },
    );
    this.#identity.learn(answer);
    return answer;
  }

  #get<T>(path: string): Promise<T> {
    return this.#asked(path, {});
  }

  async #asked<T>(path: string, init: RequestInit): Promise<T> {
    let answer: Response;
    try {
      answer = await this.#fetch(path, { ...init, headers: { Accept: "application/json" } });
    } catch (thrown) {
      throw isAbort(thrown) ? thrown : asApiError(thrown);
    }
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw errorOfAnswer(answer.status, body);
    return body as T;
  }
}

const filePath = (id: string): string => `/files/${encodeURIComponent(id)}`;

function answerEvent({ event, data }: SseEvent): AnswerEvent | null {
  const body = JSON.parse(data);
  if (event === "run") return { kind: "run", run: body };
  if (event === "answer") return { kind: "answer", offset: body.offset, text: body.text };
  if (event === "asks") return { kind: "asks", asks: body.asks };
  if (event === "doing") return { kind: "doing", doing: body.doing };
  if (event === "end") return { kind: "end", run: body };
  return null;
}
