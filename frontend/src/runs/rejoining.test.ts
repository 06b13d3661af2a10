/**
 * The console over recorded connections that were cut off, while Redis was trimmed, emptied and away: whatever was
 * refetched, it comes to what a fresh read comes to. `tests/contracts/rejoining.py` has made the messages.
 */

import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConsoleSocket } from "@/api/socket";
import type { Graph, RunEvent, StreamEntry } from "@/api/types";
import { Wire } from "@/test/Wire";
import { EMPTY_RUN, fold, type RunState } from "./fold";
import { followRun } from "./followRun";
import { createRunStore } from "./runStore";

interface Message {
  readonly type: "entries" | "reset";
  readonly run: string;
  readonly entries?: number[];
}
interface Rejoined {
  readonly entries: StreamEntry[];
  readonly readings: [after: string | null, messages: Message[]][][];
}
interface Recorded {
  readonly graph: Graph;
  readonly entries: StreamEntry[];
}

const read = <T>(path: string): T => JSON.parse(readFileSync(`../tests/contracts/${path}`, "utf8")) as T;
const names = readdirSync("../tests/contracts/rejoined");

/** What somebody knows of the run, whichever entry was the last to tell it. */
const known = ({ cursor: _, ...rest }: RunState) => rest;
const eventsOf = (entries: readonly StreamEntry[]): RunEvent[] =>
  entries.flatMap((entry) => (entry.kind === "event" ? [entry.event] : []));

let asked: string[];
/** What the server has of the run when it is asked over HTTP. */
let journal: RunEvent[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  journal = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return new Response(JSON.stringify({ id: "run", events: journal }), {
      headers: { "Content-Type": "application/json" },
    });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function play(
  { entries, readings }: Rejoined,
  reading: number,
  pauseMs: number,
  facts: RunEvent[],
): Promise<RunState> {
  const wires: Wire[] = [];
  const socket = new ConsoleSocket(() => {
    const wire = new Wire();
    wires.push(wire);
    return wire;
  });
  const store = createRunStore((work) => work());
  const unfollow = followRun("run", store, socket);
  for (const [after, messages] of readings[reading] ?? []) {
    await vi.waitFor(() => expect(wires.at(-1)?.readyState).toBe(0));
    const wire = wires.at(-1) as Wire;
    wire.open();
    expect(wire.sent).toEqual([{ type: "watch", run: "run", after }]);
    for (const { entries: numbers, ...message } of messages) {
      wire.says(numbers ? { ...message, entries: numbers.map((n) => entries[n]) } : message);
    }
    // Meanwhile the run goes on, and so does the journal that is asked while nobody says anything.
    journal = facts.slice(0, store.getState().run.seq + 3);
    wire.close();
    await vi.advanceTimersByTimeAsync(pauseMs);
  }
  unfollow();
  return store.getState().run;
}

describe("over connections that were cut off while Redis lost what it held", () => {
  test.each(names)("%s", async (name) => {
    const rejoined = read<Rejoined>(`rejoined/${name}`);
    const { entries } = read<Recorded>(`streams/${name}`);
    const fresh = known(
      fold(
        EMPTY_RUN,
        entries.filter((entry) => entry.kind === "event"),
      ),
    );
    const resets = rejoined.readings
      .flat()
      .filter(([, messages]) => messages.some((m) => m.type === "reset"));

    for (const reading of rejoined.readings.keys()) {
      const quick = await play(rejoined, reading, 600, eventsOf(entries));
      const slow = await play(rejoined, reading, 20_000, eventsOf(entries));
      for (const state of [quick, slow])
        expect(withoutLiveText(known(state))).toEqual(withoutLiveText(fresh));
    }
    expect(resets.length).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set(["/api/runs/run"]));
  });
});

/** Live text is lost and said again as may be; once a step has its result, nothing is shown of it. */
function withoutLiveText(state: Omit<RunState, "cursor">) {
  const steps = Object.entries(state.steps).map(([path, step]) => [
    path,
    { ...step, text: "", length: 0, progress: null },
  ]);
  return { ...state, steps: Object.fromEntries(steps) };
}
