/** A run's state in the making, and the rounds that its steps belong to. */

import type { RunState, StepRun } from "./fold";
import { roundOf } from "./paths";

/** A state in the making: its tables are copied once for all entries of a batch, of which a long loop has thousands. */
export class Draft {
  state: RunState;
  readonly #own = new Map<string, object>();

  constructor(state: RunState) {
    this.state = state;
  }

  set(change: Partial<RunState>): void {
    for (const key of Object.keys(change) as (keyof RunState)[]) {
      if (this.state[key] === change[key]) continue;
      this.state = { ...this.state, ...change };
      return;
    }
  }

  #note(path: string, isOpen: boolean): void {
    if (this.state.open.has(path) === isOpen) return;
    let own = this.#own.get("open") as Set<string> | undefined;
    if (!own) {
      own = new Set(this.state.open);
      this.#own.set("open", own);
      this.state = { ...this.state, open: own };
    }
    if (isOpen) own.add(path);
    else own.delete(path);
  }

  put<Table extends "steps" | "rounds" | "variables" | "changes">(
    table: Table,
    path: string,
    value: RunState[Table][string],
  ): void {
    let own = this.#own.get(table) as { [path: string]: RunState[Table][string] } | undefined;
    if (!own) {
      own = { ...this.state[table] } as { [path: string]: RunState[Table][string] };
      this.#own.set(table, own);
      this.state = { ...this.state, [table]: own };
    }
    own[path] = value;
    if (table === "steps") this.#note(path, !isSettled(value as StepRun));
  }
}

/** Has the step come to its end? */
export const isSettled = (step: StepRun) =>
  step.status === "succeeded" || step.status === "failed" || step.status === "stopped";

/** A step begins: the step around it is in that round now. */
export function beginRound(draft: Draft, path: string): void {
  const place = roundOf(path);
  if (!place) return;
  const { container, round } = place;
  const known = draft.state.rounds[container];
  const isTriedAgain = draft.state.steps[path]?.status === "failed" && known?.failed.includes(round);
  if (known?.latest === round && !isTriedAgain) return;
  draft.put("rounds", container, {
    latest: round,
    count: Math.max(known?.count ?? 0, round + 1),
    failed: (isTriedAgain ? known?.failed.filter((r) => r !== round) : known?.failed) ?? [],
    ...(known?.isSideBySide || isAnotherOpen(draft.state.open, container, round)
      ? { isSideBySide: true }
      : {}),
  });
}

/** Is a step in another round of the same step under way? */
function isAnotherOpen(open: ReadonlySet<string>, container: string, round: number): boolean {
  const own = `${container}[${round}].`;
  for (const path of open) if (path.startsWith(`${container}[`) && !path.startsWith(own)) return true;
  return false;
}

/** A failure that nothing takes ends the round that the step belongs to. */
export function failRound(draft: Draft, path: string): void {
  const place = roundOf(path);
  const known = place && draft.state.rounds[place.container];
  if (!known || known.failed.includes(place.round)) return;
  const failed = [...known.failed, place.round].sort((a, b) => a - b);
  draft.put("rounds", place.container, { ...known, failed });
}
