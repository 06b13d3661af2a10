import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Json, RunEvent } from "@/api/types";
import { clock } from "@/i18n/time";
import { renderApp } from "@/test/renderApp";
import { EMPTY_RUN, foldEvents, type TakenAgain } from "./fold";
import { StatusLine } from "./StatusLine";
import type { ShownStep } from "./shown";

const SINCE = new Date(2026, 10, 27, 12, 3);

function takenIn(taken_again?: Json): TakenAgain | null | undefined {
  const events = [
    { type: "node_started", data: { attempt: 1 } },
    {
      type: "node_succeeded",
      data: { attempt: 1, output: {}, port: "out", ...(taken_again ? { taken_again } : {}) },
    },
  ].map((event, n) => ({ ...event, seq: n + 1, path: "prompt_1", at: "" }));
  return foldEvents(EMPTY_RUN, events as unknown as RunEvent[]).steps.prompt_1?.takenAgain;
}

const done = (takenAgain: TakenAgain | null): ShownStep => ({
  kind: "done",
  attempt: 1,
  reason: null,
  elapsedMs: 12,
  tokens: null,
  isPulsing: false,
  progress: null,
  rounds: null,
  given: null,
  takenAgain,
});

test("a step's fact says how many of its questions were answered by kept answers", () => {
  const since = SINCE.toISOString();

  expect(takenIn({ count: 2, of: 3, since })).toEqual({ count: 2, of: 3, since });
  expect(takenIn()).toBeNull();
});

test("a step says that its answer was taken again, since when, and that nothing was paid", async () => {
  await renderApp(<StatusLine step={done({ count: 1, of: 1, since: SINCE.toISOString() })} />);

  const time = clock(SINCE.toISOString(), "en");
  expect(await screen.findByText(`Done · 0.0 s · answer of ${time} taken again, nothing paid`)).toBeVisible();
});

test("of a step that asked anew as well only the number is told", async () => {
  await renderApp(<StatusLine step={done({ count: 2, of: 3, since: SINCE.toISOString() })} />);

  expect(await screen.findByText(/2 of 3 answers taken again/)).toBeVisible();
});

test("the time of day stands alone today, and with its day before that", () => {
  expect(clock(SINCE.toISOString(), "en", SINCE)).toBe("12:03");
  expect(clock(SINCE.toISOString(), "en", new Date(2026, 10, 29))).toMatch(/27 Nov.* 12:03/);
  expect(clock(SINCE.toISOString(), "zh", SINCE)).toBe("12:03");
});
