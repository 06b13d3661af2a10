/** Follows a run on the console's socket, and over HTTP while the socket is silent. */

import * as api from "@/api/endpoints";
import { type ConsoleSocket, consoleSocket } from "@/api/socket";
import type { StreamEntry } from "@/api/types";
import type { RunStore } from "./runStore";

/** While the socket is silent, look at the run over HTTP this often. */
const SILENCE_MS = 4_000;

/** Feeds the store until the returned function is called. What comes twice does no harm. */
export function followRun(run: string, store: RunStore, socket: ConsoleSocket = consoleSocket): () => void {
  let lastNews = performance.now();
  const take = (entries: StreamEntry[]) => {
    lastNews = performance.now();
    store.take(entries);
  };
  const unwatch = socket.watch(run, { entries: take, reset: store.reset });
  const poll = setInterval(() => {
    if (performance.now() - lastNews < SILENCE_MS) return;
    lastNews = performance.now();
    api.runs.get(run).then(
      ({ events }) => store.take(events.map((event) => ({ id: `${event.seq}-0`, kind: "event", event }))),
      () => {},
    );
  }, 1_000);
  return () => {
    unwatch();
    clearInterval(poll);
  };
}
