/** Which information a step can use. Worked out once per workflow and step. */

import type { Graph, Json, JsonSchema, SharedInfo } from "@/api/types";
import { ERROR_PORT, edgesOutOf, nodeById, order, upstream } from "@/flow-kit/graph";
import { groupOf, titleOf, type World, widgetOf, wordsOf } from "@/flow-kit/stepTypes";
import { bodyOf, homeOf, stepsIn } from "@/flow-kit/tree";
import type { InfoField, InfoKind, InfoStep } from "@/forms/info";
import { partsOf } from "@/forms/template/choices";

export interface ScopeWorld extends World {
  readonly language: string;
  /** What the information that is remembered for a whole run is called. */
  readonly variablesTitle: string;
  /** What is remembered for the whole conversation is called. */
  readonly conversationTitle: string;
  /** What all apps of the workspace share; undefined while nobody knows it here. */
  readonly shared?: readonly Pick<SharedInfo, "name" | "type" | "value">[];
  /** What that is called. */
  readonly sharedTitle: string;
  /** What a step's own information, such as the arguments of a tool, is called. */
  readonly ownTitle: string;
  /** What the path for failures knows of the step that failed. */
  readonly failure: { readonly message: string; readonly code: string };
}

/** The id under which what is remembered for a whole run is referred to; no step can have it. */
export const VARIABLES = "vars";

/** The same for what is remembered from one message to the next. */
export const CONVERSATION = "conversation";

/** The same for what all apps of the workspace share. */
export const ENVIRONMENT = "env";

/** A step whose information another may use; of one that lies around it, what it hands to its steps. */
export interface Before {
  readonly id: string;
  readonly isAround: boolean;
}

/** What comes before a step, nearest first: in its own graph, then the frame around it and what comes before that. */
export function stepsBefore(root: Graph, id: string): Before[] {
  const found: Before[] = [];
  let at = id;
  for (const container of [...homeOf(root, id)].reverse()) {
    // What the frame hands over changes from round to round, so it is what the steps inside are mostly about.
    found.push({ id: container, isAround: true }, ...beforeIn(root, at));
    at = container;
  }
  return [...found, ...beforeIn(root, at)];
}

const beforeIn = (root: Graph, id: string): Before[] =>
  [...upstream(root, id).keys()].map((before) => ({ id: before, isAround: false }));

export interface Scope {
  readonly info: readonly InfoStep[];
  /** For what is looked at after a round: the steps inside this one, what it hands them, and all that comes before. */
  readonly inside: readonly InfoStep[];
  readonly variables: readonly string[];
}

/** The scopes of one workflow; asking for one step twice is free. */
export function scopesOf(root: Graph, world: ScopeWorld): (step: string) => Scope {
  const scopes = new Map<string, Scope>();
  const described = new Map<string, InfoStep>();
  const variables = variablesOf(root, world);
  const declared = root.variables ?? [];
  const ofRun = declared.filter((one) => one.scope === "run");
  const ofConversation = declared.filter((one) => one.scope === CONVERSATION);
  const remembered = [
    rememberedStep(VARIABLES, world.variablesTitle, variables, ofRun),
    rememberedStep(
      CONVERSATION,
      world.conversationTitle,
      ofConversation.map((one) => one.name),
      ofConversation,
    ),
    sharedStep(root, world),
  ].filter((step) => step.fields.length > 0);
  const look = ({ id, isAround }: Before): InfoStep[] => {
    const key = `${isAround ? "around" : ""} ${id}`;
    const step = described.get(key) ?? describe(root, id, world, isAround ? "inside" : "output");
    if (!step) return [];
    described.set(key, step);
    return step.fields.length > 0 ? [step] : [];
  };
  return (id) => {
    let scope = scopes.get(id);
    if (!scope) {
      const info = [...ownSteps(id, world), ...stepsBefore(root, id).flatMap(look), ...remembered];
      const changeable = [
        ...keptAround(root, id, world),
        ...variables,
        ...ofConversation.map((one) => `${CONVERSATION}.${one.name}`),
      ];
      const body = order(bodyOf(nodeById(root, id))).reverse();
      const within = [...body.map((inner) => ({ id: inner, isAround: false })), { id, isAround: true }];
      scope = { info, inside: [...within.flatMap(look), ...info], variables: changeable };
      scopes.set(id, scope);
    }
    return scope;
  };
}

/** What the frames around a step keep from round to round, by the names under which it changes that. */
function keptAround(root: Graph, id: string, { types, shapes }: ScopeWorld): string[] {
  return [...homeOf(root, id)].reverse().flatMap((container) => {
    const always = objectOf(types.get(nodeById(root, container)?.type ?? "")?.inside?.properties);
    const now = objectOf(objectOf((shapes[container]?.inside ?? undefined) as Json | undefined).properties);
    return Object.keys(now)
      .filter((name) => !(name in always))
      .map((name) => `${container}.${name}`);
  });
}

/** The names of all that the run remembers: what the app declares, and every field that holds such a name. */
export function variablesOf(root: Graph, { types }: Pick<World, "types">): string[] {
  const names = new Set((root.variables ?? []).filter((one) => one.scope === "run").map((one) => one.name));
  for (const node of stepsIn(root)) {
    const properties = objectOf(types.get(node.type)?.config.properties);
    for (const [field, schema] of Object.entries(properties)) {
      const name = widgetOf(schema) === "variable" ? node.config[field] : undefined;
      if (typeof name === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) names.add(name);
    }
  }
  return [...names].sort();
}

const rememberedStep = (
  node: string,
  title: string,
  names: readonly string[],
  declared: NonNullable<Graph["variables"]>,
): InfoStep => ({
  node,
  type: "",
  title,
  group: "Decide",
  fields: names.map((name) => {
    const one = declared.find((each) => each.name === name);
    return { path: [name], title: one?.title || name, kind: INFO_KINDS[one?.type ?? "any"] ?? "list" };
  }),
});

/** What all apps share, with its parts. Where nobody knows it, what this app names is taken as it is. */
function sharedStep(root: Graph, { shared, sharedTitle }: ScopeWorld): InfoStep {
  const fields = shared
    ? shared.flatMap(({ name, type, value }) => {
        const own: InfoField = { path: [name], title: name, kind: INFO_KINDS[type] ?? "list" };
        return [own, ...partsOf(own, value as Json).slice(0, MOST_PARTS)];
      })
    : sharedNames(root).map((name): InfoField => ({ path: [name], title: name, kind: "any" }));
  return { node: ENVIRONMENT, type: "", title: sharedTitle, group: "Do", fields };
}

const MOST_PARTS = 40;
const SHARED_NAME = /\{\{\s*env\.([\p{L}_][\p{L}\p{N}_]*)/gu;

function sharedNames(root: Graph): string[] {
  const written = [...stepsIn(root)].map((node) => JSON.stringify(node.config));
  return [
    ...new Set(written.flatMap((text) => [...text.matchAll(SHARED_NAME)].map(([, name]) => name ?? ""))),
  ];
}

/** How what is declared is shown; all other kinds are lists. */
const INFO_KINDS: Record<string, InfoKind> = {
  text: "text",
  number: "number",
  boolean: "yesno",
  object: "object",
  any: "any",
};

/** What only the settings of this step itself may use: the nearest there is. */
const ownSteps = (id: string, { shapes, ownTitle }: ScopeWorld): InfoStep[] =>
  Object.entries(shapes[id]?.own ?? {}).map(([name, schema]) => ({
    node: name,
    type: "",
    title: ownTitle,
    group: "Do",
    fields: fieldsOf(objectOf(schema as Json), [], () => undefined),
  }));

/** What a step gives (or hands to the steps inside it), as a person may pick from it. */
export function describe(
  root: Graph,
  id: string,
  {
    types,
    shapes,
    language,
    failure,
  }: Omit<ScopeWorld, "variablesTitle" | "conversationTitle" | "sharedTitle" | "ownTitle">,
  of: "output" | "inside" = "output",
): InfoStep | null {
  const node = nodeById(root, id);
  const type = node && types.get(node.type);
  if (!node || !type) return null;
  const words = wordsOf(type, language);
  const shape = shapes[id];
  const schema = of === "inside" ? (shape?.inside ?? type.inside ?? {}) : (shape?.output ?? type.output);
  const fields = fieldsOf(schema, [], (name) => (of === "inside" ? words.inside(name) : words.output(name)));
  const isWired = of === "output" && edgesOutOf(root, id).some((e) => e.port === ERROR_PORT);
  return {
    node: id,
    type: node.type,
    title: titleOf(node, types, language),
    group: groupOf(type),
    fields: isWired ? [...fields, ...failureFields(failure)] : fields,
  };
}

const failureFields = ({ message, code }: ScopeWorld["failure"]): InfoField[] => [
  { path: ["message"], title: message, kind: "text" },
  { path: ["code"], title: code, kind: "text" },
];

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
