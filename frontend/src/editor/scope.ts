/** Which information a step can use: the outputs of the steps before it. Worked out once per graph and step. */

import type { Graph, Json, JsonSchema, Shapes } from "@/api/types";
import { nodeById, upstream } from "@/flow-kit/graph";
import { groupOf, type StepTypes, titleOf, wordsOf } from "@/flow-kit/stepTypes";
import type { InfoField, InfoKind, InfoStep } from "@/forms/info";

export interface ScopeWorld {
  readonly types: StepTypes;
  readonly shapes: Shapes;
  readonly language: string;
}

type Scopes = (node: string) => readonly InfoStep[];

/** The scopes of one graph; asking for one step twice is free. */
export function scopesOf(graph: Graph, world: ScopeWorld): Scopes {
  const byNode = new Map<string, readonly InfoStep[]>();
  const described = new Map<string, InfoStep>();
  return (node) => {
    let scope = byNode.get(node);
    if (!scope) {
      scope = [...upstream(graph, node)].flatMap(([id]) => {
        const step = described.get(id) ?? describe(graph, id, world);
        if (!step) return [];
        described.set(id, step);
        return step.fields.length > 0 ? [step] : [];
      });
      byNode.set(node, scope);
    }
    return scope;
  };
}

/** One step's output as a person may pick from it. */
export function describe(graph: Graph, id: string, { types, shapes, language }: ScopeWorld): InfoStep | null {
  const node = nodeById(graph, id);
  const type = node && types.get(node.type);
  if (!node || !type) return null;
  const words = wordsOf(type, language);
  const schema = shapes[id]?.output ?? type.output;
  return {
    node: id,
    type: node.type,
    title: titleOf(node, types, language),
    group: groupOf(type),
    fields: fieldsOf(schema, [], (name) => words.output(name)),
  };
}

const DEEPEST = 3;

function fieldsOf(
  schema: JsonSchema,
  path: readonly string[],
  word: (name: string) => string | undefined,
  definitions: JsonSchema = objectOf(schema.$defs),
): InfoField[] {
  return Object.entries(objectOf(schema.properties)).flatMap(([name, value]) => {
    const field = dereference(objectOf(value), definitions);
    const here = [...path, name];
    const own: InfoField = {
      path: here,
      title: word(here.join(".")) ?? (typeof field.title === "string" && field.title ? field.title : name),
      kind: kindOf(field),
    };
    const inner = here.length < DEEPEST ? fieldsOf(field, here, word, definitions) : [];
    return [own, ...inner.map((f) => ({ ...f, title: `${own.title} › ${f.title}` }))];
  });
}

function kindOf(schema: JsonSchema): InfoKind {
  const type = Array.isArray(schema.type) ? schema.type.find((t) => t !== "null") : schema.type;
  if (type === undefined && Array.isArray(schema.anyOf)) {
    const first = schema.anyOf.map(objectOf).find((s) => s.type !== "null");
    return first ? kindOf(first) : "any";
  }
  if (type === "string") return "text";
  if (type === "number" || type === "integer") return "number";
  if (type === "boolean") return "yesno";
  if (type === "array") return "list";
  if (type === "object") return "object";
  return "any";
}

function dereference(schema: JsonSchema, definitions: JsonSchema): JsonSchema {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  return name ? { ...objectOf(definitions[name]), ...schema } : schema;
}

function objectOf(value: Json | undefined): JsonSchema {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
