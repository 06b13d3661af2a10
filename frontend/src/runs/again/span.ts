/** What a run that goes on from one of its steps keeps, what it runs again, and what it sends outside once more. */

import type { Graph, GraphNode, UsedApps } from "@/api/types";
import { downstream, readingOrder } from "@/flow-kit/graph";
import { type StepTypes, startsRun, takesTools } from "@/flow-kit/stepTypes";
import { callKey } from "../calls";
import type { RunState, StepRun } from "../fold";
import { wentOn } from "../handled";
import { within } from "../paths";

/** The rounds of a step that repeats, numbered from 1 as a person reads them. */
export interface SpanRounds {
  readonly node: GraphNode;
  readonly numbers: readonly number[];
}

export interface Span {
  readonly kept: readonly GraphNode[];
  readonly keptRounds: readonly SpanRounds[];
  readonly again: readonly GraphNode[];
  /** Where one round comes after the other, those after the one that is run again are too: as many as it takes. */
  readonly laterRounds: readonly GraphNode[];
  /** Of rounds side by side, those that failed or had not come to their end. */
  readonly againRounds: readonly SpanRounds[];
  /** Steps that act outside and may do so once more. */
  readonly sent: readonly GraphNode[];
}

export interface SpanWorld {
  readonly graph: Graph;
  readonly types: StepTypes;
  /** The apps that ran inside; null while they are not known. */
  readonly used: UsedApps | null;
  readonly run: RunState;
}

/** A step on the way to the one that is run from, and which of its rounds is meant. */
export interface Level {
  readonly graph: Graph;
  readonly node: GraphNode;
  /** Its path. */
  readonly path: string;
  /** What the paths of the steps beside it begin with. */
  readonly prefix: string;
  /** Null for the step that is run from. */
  readonly round: number | null;
}

const PART = /^([^[\].]+)(?:\[(\d+)\])?$/;

/** The steps around a step and itself, the outermost first; null where the path leads nowhere. */
export function levelsOf({ graph, types, used }: Omit<SpanWorld, "run">, path: string): Level[] | null {
  const levels: Level[] = [];
  let here: Graph | null = graph;
  let prefix = "";
  for (const part of path.split(".")) {
    const [, id = "", turn] = PART.exec(part) ?? [];
    const node: GraphNode | undefined = here?.nodes.find((one) => one.id === id);
    if (!here || !node) return null;
    const round = turn === undefined ? null : Number(turn);
    levels.push({ graph: here, node, path: prefix + id, prefix, round });
    here = insideOf(node, types, used);
    prefix = `${prefix}${part}.`;
  }
  return levels;
}

/** The steps that a step holds, or those of the app that it uses. */
function insideOf(node: GraphNode, types: StepTypes, used: UsedApps | null): Graph | null {
  if (node.body) return node.body;
  const key = callKey(node, types.get(node.type));
  return (key && used?.[key]?.graph) || null;
}

export interface SpanOptions {
  /** The step's result is given, so that it does not run itself. */
  isGiven?: boolean;
  /** Nothing but the step runs. */
  only?: boolean;
  /** What is drawn otherwise by now; `loop_1[*].prompt_1` is a step in all rounds of another. */
  changed?: readonly string[];
}

export function spanOf(
  world: SpanWorld,
  path: string,
  { isGiven = false, only = false, changed = [] }: SpanOptions = {},
): Span | null {
  const levels = levelsOf(world, path);
  return levels && new Sorting(world, { isGiven, only, changed }).span(levels);
}

/** Sorts what a run did into what stays and what is done again, pass by pass. */
class Sorting {
  readonly #kept = new Set<GraphNode>();
  readonly #again = new Set<GraphNode>();
  readonly #keptRounds: SpanRounds[] = [];
  readonly #againRounds: SpanRounds[] = [];
  readonly #laterRounds: GraphNode[] = [];
  readonly #sent = new Map<string, GraphNode>();

  constructor(
    readonly world: SpanWorld,
    readonly options: Required<SpanOptions>,
  ) {}

  span(levels: readonly Level[]): Span {
    let changed = this.options.only ? [] : this.options.changed;
    for (const { graph, node, path, prefix, round } of levels) {
      this.#sortPass(graph, prefix, changed, { node, isOuter: round !== null });
      changed = insideOfChanged(changed, node.id);
      if (round === null || !node.body) continue; // an app that is used runs once
      const first = this.#sortRounds(node, path, changed, [round])[0] ?? round;
      if (first === round) continue;
      // What was changed shows in a round before: from there on all of it is done again.
      this.#sortPass(node.body, within(path, first, ""), changed);
      break;
    }
    for (const node of this.#again) this.#note(node);
    return {
      kept: [...this.#kept].filter((node) => !this.#again.has(node)),
      keptRounds: this.#keptRounds,
      again: [...this.#again],
      laterRounds: this.#laterRounds,
      againRounds: this.#againRounds,
      sent: [...this.#sent.values()],
    };
  }

  /** Sorts the steps of one pass; `target` is the one that is run from, or that holds it. */
  #sortPass(
    graph: Graph,
    prefix: string,
    changed: readonly string[],
    target?: { node: GraphNode; isOuter: boolean },
  ) {
    const { run, types } = this.world;
    const after = new Set(target && downstream(graph, target.node.id).keys());
    const opened: GraphNode[] = [];
    // What did not come to its end elsewhere, or is drawn otherwise, runs again too, and what comes after that.
    for (const one of graph.nodes) {
      const { id } = one;
      const step = run.steps[prefix + id];
      if (id === target?.node.id || !step) continue;
      const isDone = isKept(step) && !changed.includes(id);
      const isOpened = isDone && this.#showsInside(one, prefix + id, changed);
      if (isDone && !isOpened) continue;
      if (isOpened) opened.push(one);
      else after.add(id);
      for (const next of downstream(graph, id).keys()) after.add(next);
    }
    for (const id of readingOrder(graph, (one) => startsRun(types.get(one.type)))) {
      const one = graph.nodes.find((n) => n.id === id);
      if (!one) continue;
      if (id === target?.node.id) {
        if (!target.isOuter && !this.options.isGiven) this.#again.add(one);
      } else if (after.has(id)) {
        if (!this.options.only) this.#again.add(one);
      } else if (opened.includes(one)) this.#sortInside(one, prefix + id, insideOfChanged(changed, id));
      else if (run.steps[prefix + id]) this.#kept.add(one);
    }
  }

  /** Sorts a step that repeats and of which something inside was changed. */
  #sortInside(node: GraphNode, path: string, changed: readonly string[]) {
    for (const round of this.#sortRounds(node, path, changed, []))
      if (node.body) this.#sortPass(node.body, within(path, round, ""), changed);
  }

  /**
   * Sorts the rounds of a step: which stay, and which are run again. Gives those of which some steps may stay:
   * the first of them where one comes after the other, all of them where they are worked on side by side.
   */
  #sortRounds(node: GraphNode, path: string, changed: readonly string[], named: readonly number[]): number[] {
    const { run, types } = this.world;
    const known = run.rounds[path];
    const { count = 0, failed = [] } = known ?? {};
    // What an agent does in a round rests on the rounds before, also where several of its calls were under way.
    const isSideBySide = known?.isSideBySide === true && !takesTools(types.get(node.type));
    const all = Array.from({ length: count }, (_, i) => i);
    const touched = all.filter((i) => named.includes(i) || this.#shows(node.body, path, i, changed));
    const [first = 0] = touched;
    const stays = (round: number) =>
      isSideBySide ? !touched.includes(round) && isRoundKept(run, path, round, failed) : round < first;
    const kept = { node, numbers: all.filter(stays).map((i) => i + 1) };
    if (kept.numbers.length > 0) this.#keptRounds.push(kept);
    if (this.options.only) return named.slice();
    if (!isSideBySide) {
      this.#laterRounds.push(node);
      this.#note(node);
      return [first];
    }
    const others = all.filter((i) => !stays(i) && !named.includes(i));
    if (others.length > 0) {
      this.#againRounds.push({ node, numbers: others.map((i) => i + 1) });
      this.#note(node);
    }
    return named.length > 0 ? named.slice() : touched;
  }

  #showsInside(node: GraphNode, path: string, changed: readonly string[]): boolean {
    const inside = insideOfChanged(changed, node.id);
    const count = inside.length > 0 ? (this.world.run.rounds[path]?.count ?? 0) : 0;
    return Array.from({ length: count }, (_, i) => i).some((i) => this.#shows(node.body, path, i, inside));
  }

  /** Whether what was changed ran in that round. Of what is new nobody knows, so it counts as if it had. */
  #shows(body: Graph | null, path: string, round: number, changed: readonly string[]): boolean {
    if (!body || changed.length === 0) return false;
    const prefix = within(path, round, "");
    const isNew = (id: string) => !id.includes("[") && body.nodes.every((node) => node.id !== id);
    return changed.some(
      (id) =>
        isNew(id) ||
        (this.world.run.steps[prefix + id] !== undefined && body.nodes.some((node) => node.id === id)) ||
        body.nodes.some((node) => this.#showsInside(node, prefix + node.id, [id])),
    );
  }

  /** Notes what a step, or what it holds, may send. */
  #note(node: GraphNode, depth = 0) {
    const { types, used } = this.world;
    if (types.get(node.type)?.effects === "write") this.#sent.set(node.id, node);
    const inside = depth < DEEPEST ? insideOf(node, types, used) : null;
    for (const one of inside?.nodes ?? []) this.#note(one, depth + 1);
  }
}

/** What was changed inside a step, as it is named there. */
function insideOfChanged(changed: readonly string[], id: string): string[] {
  const start = `${id}[*].`;
  return changed.filter((one) => one.startsWith(start)).map((one) => one.slice(start.length));
}

/** So many apps may use each other; the server refuses more. */
const DEEPEST = 8;

/** Whether what a step did stands: it came to its end, whichever way. */
const isKept = (step: StepRun): boolean => step.status === "succeeded" || wentOn(step) !== null;

function isRoundKept(run: RunState, container: string, round: number, failed: readonly number[]): boolean {
  if (failed.includes(round)) return false;
  const start = within(container, round, "");
  return Object.entries(run.steps).every(([path, step]) => !path.startsWith(start) || isKept(step));
}
