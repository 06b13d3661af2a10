/** What the picker of steps shows: groups in order, filtered by words in either language. */

import {
  GROUPS,
  type Group,
  groupOf,
  holdsSteps,
  type StepType,
  type StepTypes,
  startsRun,
  wordsOf,
} from "@/flow-kit/stepTypes";
import { DEEPEST } from "@/flow-kit/tree";

export interface PickerEntry {
  readonly type: StepType;
  readonly title: string;
  readonly help: string;
}

export interface PickerGroup {
  readonly group: Group;
  readonly entries: readonly PickerEntry[];
}

export interface PickerOptions {
  /** Does the run begin somewhere already? */
  readonly hasStart: boolean;
  /** Will something lead to the step, or lie around it? */
  readonly isConnected: boolean;
  /** Is a frame to go around steps that are there? */
  readonly isAround: boolean;
  /** How many frames lie around the place, and the frames that go around it. */
  readonly depth: number;
  /** Is there something around the place that repeats until it is left? */
  readonly isInLoop: boolean;
  /** Is the step to be a tool of the agent around it? */
  readonly isTool: boolean;
}

/** Names match before descriptions; Chinese and English names both count, whatever language is on screen. */
export function pickerGroups(
  types: StepTypes,
  language: string,
  query: string,
  options: PickerOptions,
): PickerGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = [...types.values()]
    // A run begins once, and nothing leads to its beginning.
    .filter((type) => !(startsRun(type) && (options.hasStart || options.isConnected)))
    .filter((type) => !(type.ends_loop && !options.isInLoop))
    .filter((type) => !options.isTool || type.tool !== null)
    .filter((type) => (holdsSteps(type) ? options.depth < DEEPEST : !options.isAround))
    .map((type) => ({
      type,
      title: wordsOf(type, language).title,
      help: wordsOf(type, language).help,
      text: textOf(type),
    }))
    .filter(({ text }) => words.every((word) => text.names.includes(word) || text.help.includes(word)));
  const score = (entry: (typeof entries)[number]) =>
    words.every((w) => entry.text.names.includes(w)) ? 0 : 1;
  const groups = GROUPS.flatMap((group) => {
    const inGroup = entries
      .filter((e) => groupOf(e.type) === group)
      .sort((a, b) => score(a) - score(b) || a.title.localeCompare(b.title, language));
    const [best] = inGroup;
    return best ? [{ group, entries: inGroup, best: score(best) }] : [];
  });
  // Enter takes the first: a step of that name, not one of an earlier group that only mentions the word.
  return groups.sort((a, b) => a.best - b.best).map(({ group, entries }) => ({ group, entries }));
}

/** Of these, the steps that do what no other is made for: offered to who searches in vain. */
export const forAnything = (groups: readonly PickerGroup[]): PickerGroup[] =>
  groups
    .map(({ group, entries }) => ({ group, entries: entries.filter(({ type }) => type.for_anything) }))
    .filter(({ entries }) => entries.length > 0);

function textOf(type: StepType): { names: string; help: string } {
  const all = Object.values(type.i18n);
  return {
    names: [type.type, type.title, type.group, ...all.map((w) => w?.title ?? "")].join("\n").toLowerCase(),
    help: [type.help, ...all.map((w) => w?.help ?? "")].join("\n").toLowerCase(),
  };
}
