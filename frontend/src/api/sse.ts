import { ApiError, asApiError, errorOfAnswer, isAbort } from "./errors";

export interface SseEvent {
  id: string;
  event: string;
  data: string;
}

/** Takes a text/event-stream apart, however it is cut into chunks. Follows the HTML standard's rules. */
export class SseParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  push(chunk: string): SseEvent[] {
    const events: SseEvent[] = [];
    this.#rest += chunk;
    // A lone CR at the end may be half of a CRLF: it waits for the next chunk.
    const ends = /\r\n|\n|\r(?!$)/g;
    let from = 0;
    for (let end = ends.exec(this.#rest); end; end = ends.exec(this.#rest)) {
      this.#line(this.#rest.slice(from, end.index), events);
      from = ends.lastIndex;
    }
    this.#rest = this.#rest.slice(from);
    return events;
  }

  #line(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push({ id: this.#id, event: this.#event || "message", data: this.#data.join("\n") });
      }
      this.#event = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}

export interface Source {
  /** Opens the stream for the first time. */
  open: (signal: AbortSignal) => Promise<Response>;
  /** Opens it again after `lastEventId`; null when there is not yet anything to resume. */
  resume: (lastEventId: string, signal: AbortSignal) => Promise<Response> | null;
  /** True for the event after which nothing follows. */
  isLast: (event: SseEvent) => boolean;
  /** Waits between attempts; tests pass one that does not. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const ATTEMPTS = 6;

/** All events of a stream until its last one, resumed with Last-Event-ID whenever the connection breaks. */
export async function* followSse(source: Source, signal: AbortSignal): AsyncGenerator<SseEvent> {
  const pause = source.pause ?? wait;
  let lastEventId = "";
  let failures = 0;
  let pending: Promise<Response> | null = source.open(signal);
  while (pending) {
    try {
      const answer: Response = await pending;
      if (!answer.ok) throw errorOfAnswer(answer.status, await answer.json().catch(() => null));
      for await (const event of read(answer)) {
        failures = 0;
        if (event.id) lastEventId = event.id;
        yield event;
        if (source.isLast(event)) return;
      }
    } catch (thrown) {
      if (isAbort(thrown)) return;
      // The server said no (4xx): asking again changes nothing. Anything else is a connection that broke.
      if (thrown instanceof ApiError && thrown.status >= 400 && thrown.status < 500) throw thrown;
      if (failures >= ATTEMPTS) throw asApiError(thrown);
    }
    if (signal.aborted) return;
    if (failures++ >= ATTEMPTS) break;
    await pause(Math.min(8000, 300 * 2 ** failures), signal);
    if (signal.aborted) return;
    pending = source.resume(lastEventId, signal);
  }
  throw new ApiError({ code: "offline", message: "The stream ended early." });
}

async function* read(answer: Response): AsyncGenerator<SseEvent> {
  if (!answer.body) return;
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
