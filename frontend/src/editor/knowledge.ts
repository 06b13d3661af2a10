import type { Graph, Knowledge } from "@/api/types";
import { fieldWith, type StepTypes } from "@/flow-kit/stepTypes";
import { stepsIn } from "@/flow-kit/tree";

/** The ids of the collections that an app looks things up in, by the widget of the field that names them. */
export function knowledgeOf(graph: Graph, types: StepTypes): string[] {
  const ids = [...stepsIn(graph)].flatMap((node) => {
    const type = types.get(node.type);
    const field = type && fieldWith(type, "knowledge");
    const chosen = field ? node.config[field] : [];
    return (Array.isArray(chosen) ? chosen : [chosen]).filter((id) => typeof id === "string");
  });
  return [...new Set(ids)];
}

export type KnowledgeHint =
  | { kind: "reading"; collection: Knowledge; ready: number; all: number }
  | { kind: "empty" | "ready"; collection: Knowledge };

/** The one thing worth saying of the collections in use: something is being read, one is empty, or all is there. */
export function knowledgeHint(all: readonly Knowledge[], used: readonly string[]): KnowledgeHint | null {
  const collections = all.filter(({ id }) => used.includes(id));
  const reading = collections.find(({ working }) => working > 0);
  if (reading) {
    const { documents, working } = reading;
    return { kind: "reading", collection: reading, ready: documents - working, all: documents };
  }
  const empty = collections.find(({ documents }) => documents === 0);
  if (empty) return { kind: "empty", collection: empty };
  const [first] = collections;
  return first ? { kind: "ready", collection: first } : null;
}
