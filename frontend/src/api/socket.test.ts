import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Wire } from "@/test/Wire";
import { ConsoleSocket, delayAfter, isAfter, type Present } from "./socket";
import type { StreamEntry } from "./types";

const entry = (id: string): StreamEntry => ({
  id,
  kind: "delta",
  delta: { path: "prompt_1", attempt: 1, offset: 0, text: "" },
});

let wires: Wire[];
let socket: ConsoleSocket;
let seen: string[];
const watcher = {
  entries: (entries: StreamEntry[]) => seen.push(...entries.map(({ id }) => id)),
  reset: () => seen.push("reset"),
};
const newest = () => wires.at(-1) as Wire;

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  seen = [];
  socket = new ConsoleSocket(() => {
    const wire = new Wire();
    wires.push(wire);
    return wire;
  });
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
});

describe("ConsoleSocket", () => {
  it("opens with the first watch and closes after the last", () => {
    expect(wires).toHaveLength(0);

    const stop = socket.watch("r1", watcher);
    newest().open();
    stop();

    expect(newest().sent).toEqual([
      { type: "watch", run: "r1", after: null },
      { type: "unwatch", run: "r1" },
    ]);
    expect(newest().readyState).toBe(3);
  });

  it("goes on after the last entry when the connection breaks", () => {
    socket.watch("r1", watcher);
    newest().open();
    newest().says({ type: "entries", run: "r1", entries: [entry("3-0"), entry("3-2")] });

    newest().close();
    vi.advanceTimersByTime(1000);
    newest().open();

    expect(wires).toHaveLength(2);
    expect(newest().sent).toEqual([{ type: "watch", run: "r1", after: "3-2" }]);
  });

  it("drops entries that come again", () => {
    socket.watch("r1", watcher, "3-9");
    newest().open();

    newest().says({ type: "entries", run: "r1", entries: [entry("3-9"), entry("3-10"), entry("12-0")] });

    expect(seen).toEqual(["3-10", "12-0"]);
  });

  it("starts over when the server says reset", () => {
    socket.watch("r1", watcher);
    newest().open();
    newest().says({ type: "entries", run: "r1", entries: [entry("5-0")] });

    newest().says({ type: "reset", run: "r1" });
    newest().says({ type: "entries", run: "r1", entries: [entry("1-0")] });

    expect(seen).toEqual(["5-0", "reset", "1-0"]);
  });

  it("survives what it cannot read", () => {
    socket.watch("r1", watcher);
    newest().open();

    newest().onmessage?.({ data: "not json" });
    newest().says({ type: "entries", run: "unknown", entries: [entry("1-0")] });
    expect(seen).toEqual([]);
    newest().says({ type: "entries", run: "r1", entries: [entry("2-0")] });

    expect(seen).toEqual(["2-0"]);
  });
});

describe("who else has an app open", () => {
  const mei: Present = { id: "u1", name: "Mei", is_you: false, windows: 1 };
  let people: (readonly Present[])[];
  const heard = (now: readonly Present[]) => people.push(now);
  beforeEach(() => {
    people = [];
  });

  it("is heard from when one enters until one leaves; then nothing keeps the socket open", () => {
    const leave = socket.enter("a1", heard);
    newest().open();
    newest().says({ type: "present", app: "a1", people: [mei] });
    newest().says({ type: "present", app: "another", people: [] });
    leave();

    expect(people).toEqual([[mei]]);
    expect(newest().sent).toEqual([{ type: "enter", app: "a1" }, { type: "leave" }]);
    expect(newest().readyState).toBe(3);
  });

  it("is not known while the connection is broken, and asked for again with the next", () => {
    socket.enter("a1", heard);
    newest().open();
    newest().says({ type: "present", app: "a1", people: [mei] });

    newest().close();
    expect(people.at(-1)).toEqual([]);
    vi.advanceTimersByTime(1000);
    newest().open();

    expect(wires).toHaveLength(2);
    expect(newest().sent).toEqual([{ type: "enter", app: "a1" }]);
  });

  it("is asked for seldom by a window whose person is signed out", () => {
    socket.enter("a1", heard);
    for (let tries = 1; tries <= 2; tries++) {
      newest().open();
      newest().says({ type: "error", code: "signed_out", message: "Sign in." });
      newest().close();
      vi.advanceTimersByTime(9_000);
      expect(wires).toHaveLength(tries);
      vi.advanceTimersByTime(6_000);
    }

    expect(wires).toHaveLength(3);
  });

  it("shares the socket with what is watched", () => {
    const stop = socket.watch("r1", watcher);
    newest().open();
    const leave = socket.enter("a1", heard);

    stop();
    expect(newest().readyState).toBe(1);
    leave();

    expect(wires).toHaveLength(1);
    expect(newest().readyState).toBe(3);
  });

  it("is about the app that was entered last", () => {
    const leave = socket.enter("a1", heard);
    newest().open();
    socket.enter("a2", heard);

    leave();
    newest().says({ type: "present", app: "a1", people: [mei] });

    expect(people).toEqual([]);
    expect(newest().sent).toEqual([
      { type: "enter", app: "a1" },
      { type: "enter", app: "a2" },
    ]);
  });
});

describe("stream ids", () => {
  it("are compared by number, not by letter", () => {
    expect(isAfter("12-0", "3-57")).toBe(true);
    expect(isAfter("12-10", "12-9")).toBe(true);
    expect(isAfter("12-9", "12-9")).toBe(false);
    expect(isAfter("1-0", null)).toBe(true);
  });
});

it("waits longer after each failure, but never longer than 15 s", () => {
  expect([0, 1, 2, 10].map((failures) => delayAfter(failures, 0))).toEqual([500, 1000, 2000, 15000]);
  expect(delayAfter(0, 1)).toBeCloseTo(333.3, 0);
});
