/** What the model of an agent said and called, from the steps of its rounds that nobody drew. */

import type { Json, JsonObject } from "@/api/types";
import type { RunState } from "./fold";
import { within } from "./paths";

/** The step of a round in which the model replies. */
const REPLY = "model";

export interface Reply {
  /** Counted from 1. */
  readonly number: number;
  readonly isOpen: boolean;
  readonly text: string;
  readonly calls: readonly Called[];
}

export interface Called {
  readonly tool: string;
  /** What the model gave, as JSON. */
  readonly given: string;
}

/** The replies of the agent at a path so far, in order; nothing for a step that is none. */
export function repliesOf({ steps, rounds }: Pick<RunState, "steps" | "rounds">, path: string): Reply[] {
  const replies: Reply[] = [];
  for (let round = 0; round < (rounds[path]?.count ?? 0); round++) {
    // A tool that was called twice in one round has a pass of its own, without a reply.
    const step = steps[within(path, round, REPLY)];
    if (!step) continue;
    const said = objectOf(step.output);
    replies.push({
      number: replies.length + 1,
      isOpen: step.status === "running" || step.status === "retrying",
      text: typeof said.text === "string" ? said.text : "",
      calls: (Array.isArray(said.calls) ? said.calls : []).map((call) => {
        const { name, arguments: given } = objectOf(call);
        return { tool: typeof name === "string" ? name : "", given: JSON.stringify(given ?? {}) };
      }),
    });
  }
  return replies;
}

const objectOf = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
