import type { StreamEntry } from "./types";

export interface Watcher {
  /** New entries, in stream order. */
  entries: (entries: StreamEntry[]) => void;
  /** What was seen so far no longer joins on: forget it; all entries follow from the start. */
  reset: () => void;
  /** The server refused to watch this run. */
  error?: (fault: { code: string; message: string }) => void;
}

/** Someone who has the same app open elsewhere; `is_you`: this person, in another window. */
export interface Present {
  readonly id: string;
  readonly name: string;
  readonly is_you: boolean;
  readonly windows: number;
}

export const NOBODY: readonly Present[] = [];

type Wire = Pick<WebSocket, "send" | "close"> & {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
};

export type ConnectionState = "idle" | "connecting" | "open" | "waiting";

interface Watch {
  watcher: Watcher;
  after: string | null;
}

interface Place {
  readonly app: string;
  readonly heard: (people: readonly Present[]) => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** After so many failures the pause is the longest. */
const MANY = 10;
const OPEN = 1;

/**
 * The console's one WebSocket. It opens with the first watch, or with the app that one is at, and closes after the
 * last; when it breaks it comes back with growing pauses and goes on after the last entry each watcher has seen.
 */
export class ConsoleSocket {
  readonly #watches = new Map<string, Watch>();
  readonly #connect: () => Wire;
  readonly #onState: (state: ConnectionState) => void;
  #place: Place | null = null;
  #wire: Wire | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(connect: () => Wire = browserWire, onState: (state: ConnectionState) => void = () => {}) {
    this.#connect = connect;
    this.#onState = onState;
  }

  /** Starts watching a run, after the entry `after` or from its start. Returns a function that stops. */
  watch(run: string, watcher: Watcher, after: string | null = null): () => void {
    const watch = { watcher, after };
    this.#watches.set(run, watch);
    if (this.#wire?.readyState === OPEN) this.#send({ type: "watch", run, after });
    else this.#open();
    return () => {
      if (this.#watches.get(run) !== watch) return;
      this.#watches.delete(run);
      if (this.#wire?.readyState === OPEN) this.#send({ type: "unwatch", run });
      if (!this.#isNeeded()) this.close();
    };
  }

  /** Says that this window has an app open, and hears who else has. Returns a function that says that it has no more. */
  enter(app: string, heard: Place["heard"]): () => void {
    const place = { app, heard };
    this.#place = place;
    if (this.#wire?.readyState === OPEN) this.#send({ type: "enter", app });
    else this.#open();
    return () => {
      if (this.#place !== place) return;
      this.#place = null;
      if (this.#wire?.readyState === OPEN) this.#send({ type: "leave" });
      if (!this.#isNeeded()) this.close();
    };
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#failures = 0;
    const wire = this.#wire;
    this.#wire = null;
    if (wire) {
      wire.onclose = null;
      wire.onmessage = null;
      wire.close();
    }
    this.#onState("idle");
  }

  #isNeeded(): boolean {
    return this.#watches.size > 0 || this.#place !== null;
  }

  #open(): void {
    if (this.#wire || this.#retry) return;
    this.#onState("connecting");
    const wire = this.#connect();
    this.#wire = wire;
    wire.onopen = () => {
      this.#failures = 0;
      this.#onState("open");
      for (const [run, { after }] of this.#watches) this.#send({ type: "watch", run, after });
      if (this.#place) this.#send({ type: "enter", app: this.#place.app });
    };
    wire.onmessage = ({ data }) => this.#receive(data);
    wire.onclose = () => {
      this.#wire = null;
      // Who comes or goes meanwhile is not heard of.
      this.#place?.heard(NOBODY);
      if (!this.#isNeeded()) return;
      this.#onState("waiting");
      this.#retry = setTimeout(
        () => {
          this.#retry = undefined;
          this.#open();
        },
        delayAfter(this.#failures++),
      );
    };
  }

  #send(message: object): void {
    this.#wire?.send(JSON.stringify(message));
  }

  #receive(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    if (message.type === "present") {
      if (this.#place?.app === message.app) this.#place?.heard(message.people ?? NOBODY);
      return;
    }
    const watch = message.run === undefined ? undefined : this.#watches.get(message.run);
    if (message.type === "error") {
      const fault = { code: message.code ?? "unexpected", message: message.message ?? "" };
      // The server closes now; asking again soon would change nothing.
      if (fault.code === "signed_out") this.#failures = MANY;
      if (watch) watch.watcher.error?.(fault);
      else for (const each of this.#watches.values()) each.watcher.error?.(fault);
      return;
    }
    if (!watch) return;
    if (message.type === "reset") {
      watch.after = null;
      watch.watcher.reset();
      return;
    }
    const entries = (message.entries ?? []).filter((entry) => isAfter(entry.id, watch.after));
    const last = entries.at(-1);
    if (!last) return;
    watch.after = last.id;
    watch.watcher.entries(entries);
  }
}

/** Stream ids are `<seq>-<n>`; both parts are numbers. Entries already seen come again after a reconnect. */
export function isAfter(id: string, other: string | null): boolean {
  if (other === null) return true;
  const [seq = 0, n = 0] = id.split("-").map(Number);
  const [otherSeq = 0, otherN = 0] = other.split("-").map(Number);
  return seq > otherSeq || (seq === otherSeq && n > otherN);
}

/** 0.5 s, 1 s, 2 s … 15 s, each shortened by up to a third so that many tabs do not come back at once. */
export function delayAfter(failures: number, random: number = Math.random()): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return full * (1 - random / 3);
}

interface ServerMessage {
  type: string;
  run?: string;
  entries?: StreamEntry[];
  app?: string;
  people?: Present[];
  code?: string;
  message?: string;
}

function parse(data: unknown): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === "object" && message !== null && "type" in message
      ? (message as ServerMessage)
      : null;
  } catch {
    return null;
  }
}

function browserWire(): Wire {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}/ws/console`) as Wire;
}

/** The socket the whole console shares. */
export const consoleSocket = new ConsoleSocket();
