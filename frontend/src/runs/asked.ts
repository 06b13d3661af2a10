/** What a used app was given, by the titles under which it asks for it. */

import type { GraphNode, Json, UsedApp, UsedApps } from "@/api/types";
import { fieldWith, type StepType, type StepTypes, startsRun } from "@/flow-kit/stepTypes";
import { objectOf, textOf } from "@/forms/schema";
import { callKey } from "./calls";
import type { ResultWords } from "./resultWords";

/** By name; what has no title of its own, or shares it with another, is left out. */
export function askedTitles(app: UsedApp, types: StepTypes): ReadonlyMap<string, string> {
  const start = app.graph.nodes.find((node) => startsRun(types.get(node.type)));
  const type = start && types.get(start.type);
  const field = type && fieldWith(type, "inputs");
  const asked = field ? start.config[field] : null;
  const titles = (Array.isArray(asked) ? asked : []).map((one): [string, string] => [
    textOf(objectOf(one).name),
    textOf(objectOf(one).label),
  ]);
  const isAlone = (title: string) => titles.filter(([, other]) => other === title).length === 1;
  return new Map(titles.filter(([name, title]) => name && title && isAlone(title)));
}

/** The words for a step's result; where it uses an app that is known, with that app's titles. */
export function withAskedTitles(
  words: ResultWords,
  node: GraphNode | undefined,
  types: StepTypes,
  used: UsedApps | null | undefined,
): ResultWords {
  const type = node && types.get(node.type);
  const app = type && used?.[callKey(node, type) ?? ""];
  const given = app && fieldWith(type as StepType, "workflow-inputs");
  if (!app || !given) return words;
  const titles = askedTitles(app, types);
  const named = (value: Json): Json =>
    Object.fromEntries(Object.entries(objectOf(value)).map(([name, one]) => [titles.get(name) ?? name, one]));
  return {
    ...words,
    inputInWords: (input) => {
      const told = objectOf(words.inputInWords(input));
      return told[given] === undefined ? told : { ...told, [given]: named(told[given]) };
    },
  };
}
