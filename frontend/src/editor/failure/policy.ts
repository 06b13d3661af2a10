/** What a step does when it fails, as a person reads and changes it. */

import type { Graph, GraphNode, Json, JsonSchema, Policy } from "@/api/types";
import { ERROR_PORT, edgesOutOf } from "@/flow-kit/graph";
import { holdsSteps, portsOf, type StepType, type StepTypes, type World } from "@/flow-kit/stepTypes";
import { stepsIn } from "@/flow-kit/tree";
import { hints, objectOf, optionsOf, typeOf, widgetName } from "@/forms/schema";

export type Outcome = "fail" | "port" | "default";

/** A pause before the first new try where the policy does not say, and the longest there is. */
export const FIRST_PAUSE_S = 1;
export const LONGEST_PAUSE_S = 300;
export const MOST_ATTEMPTS = 10;

const TIMEOUT = "node_timeout";

export const isWired = (graph: Graph, id: string): boolean =>
  edgesOutOf(graph, id).some((e) => e.port === ERROR_PORT);

/** What happens after the last try: what the policy says, else what the drawing says. */
export const outcomeOf = (graph: Graph, node: GraphNode): Outcome =>
  node.policy.on_error ?? (isWired(graph, node.id) ? "port" : "fail");

/** The policy without what is said to be as usual. */
export function changed(policy: Policy, change: Partial<Policy>): Policy {
  const said = Object.entries({ ...policy, ...change });
  return Object.fromEntries(said.filter(([, value]) => value !== null && value !== undefined));
}

/** Another outcome; what only the former one needed goes. */
export function withOutcome(graph: Graph, node: GraphNode, outcome: Outcome, output: JsonSchema): Policy {
  const { default: _, ...rest } = node.policy;
  if (outcome === "default") return { ...rest, on_error: outcome, default: firstOf(output) };
  // Without a connection for failures there is nothing to say: the app stops, until one is drawn.
  const isUsual = outcome === "fail" && !isWired(graph, node.id);
  return changed(rest, { on_error: isUsual ? null : outcome });
}

/** A step without ways out cannot go on with anything; one that begins or ends a round does nothing that fails. */
export function outcomesOf(node: GraphNode, world: World): Outcome[] {
  const ways = portsOf(node, world.types, world.shapes).length;
  return ways > 0 ? ["fail", "port", "default"] : ["fail", "port"];
}

export const mayFail = (type: StepType, policy: Policy): boolean =>
  !(type.starts || type.ends_loop || type.ends_run) || Object.keys(policy).length > 0;

/** The codes of the errors a step may end with: its type's, and those of the steps it holds. */
export function errorsOf(node: GraphNode, types: StepTypes): string[] {
  const inside = node.body ? [...stepsIn(node.body)] : [];
  const codes = new Set([node, ...inside].flatMap((each) => ofType(each.type, types)));
  if (node.policy.timeout_s == null && !holdsSteps(types.get(node.type))) codes.delete(TIMEOUT);
  // What was chosen once stays in sight, whatever the type says by now.
  for (const code of node.policy.retry_codes ?? []) codes.add(code);
  return [...codes];
}

/** A type that does not say may end with any. */
function ofType(name: string, types: StepTypes): readonly string[] {
  return types.get(name)?.errors ?? [...types.values()].flatMap((type) => type.errors ?? []);
}

/** Something to begin with that has all a step must give. */
export function firstOf(schema: JsonSchema): Json {
  const choices = optionsOf(schema);
  if (Array.isArray(schema.oneOf) && choices.length > 0) return choices.at(-1)?.value ?? "";
  if (choices.length > 0) return choices[0]?.value ?? "";
  const type = typeOf(schema);
  if (type === "string") return "";
  if (type === "number" || type === "integer") return 0;
  if (type === "boolean") return false;
  if (type === "array") return [];
  if (type !== "object") return null;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(objectOf(schema.properties)).filter(([name]) => required.includes(name));
  return Object.fromEntries(fields.map(([name, field]) => [name, firstOf(objectOf(field))]));
}

/** The form for what a step gives instead: texts with room, and what may be left out behind "More options". */
export function formOf(output: JsonSchema): JsonSchema {
  const required = Array.isArray(output.required) ? output.required : [];
  const fields = Object.entries(objectOf(output.properties)).map(([name, value]) => {
    const schema = objectOf(value);
    const isText = widgetName(schema) === "text";
    const look = { ...hints(schema), ...(isText && { widget: "paragraph" }) };
    return [name, { ...schema, "x-ui": { ...look, more: !required.includes(name) } }];
  });
  return { ...output, properties: Object.fromEntries(fields) };
}

/** The pauses before each new try, in seconds: each twice as long, up to the longest. */
export const pausesOf = (first: number, tries: number): number[] =>
  Array.from({ length: Math.max(0, tries) }, (_, i) => Math.min(first * 2 ** i, LONGEST_PAUSE_S));
