import type { GraphNode, NodeType, Port, Shapes, WordsOfField } from "@/api/types";
import { OUT_PORT } from "./graph";

export type StepType = NodeType;

/** The catalogue by type name. */
export type StepTypes = ReadonlyMap<string, StepType>;

/** What must be known around a graph to draw or to change it. */
export interface World {
  readonly types: StepTypes;
  readonly shapes: Shapes;
}

/** What a person reads of a step type, in one language; English where a translation is missing. */
export interface StepTypeWords {
  title: string;
  help: string;
  doc: string;
  sentence: string;
  field(name: string): WordsOfField | undefined;
  port(name: string): string | undefined;
  output(name: string): string | undefined;
  inside(name: string): string | undefined;
}

/** The groups of the picker, in its order; a step type of any other group is shown under the last. */
export const GROUPS = ["Talk", "Think", "Know", "Decide", "Do", "Advanced"] as const;
export type Group = (typeof GROUPS)[number];

export const groupOf = (type: { group: string } | undefined): Group =>
  GROUPS.find((g) => g === type?.group) ?? "Advanced";

/** A step that begins a run takes no connection in. */
export const startsRun = (type: StepType | undefined): boolean => type?.starts ?? false;

/** Does this type hold steps? */
export const holdsSteps = (type: StepType | undefined): boolean => Boolean(type?.inside);

/** Are the steps inside one of this type tools, of which it uses what it will? */
export const takesTools = (type: StepType | undefined): boolean => type?.takes_tools ?? false;

/** A step that is drawn as a frame; also one of a type that is not installed here, so that nothing it holds is hidden. */
export const isFrame = (node: Pick<GraphNode, "type" | "body">, types: StepTypes): boolean =>
  holdsSteps(types.get(node.type)) || node.body !== null;

export function wordsOf(type: StepType, language: string): StepTypeWords {
  const own = type.i18n[language] ?? type.i18n[language.split("-")[0] ?? "en"];
  return {
    title: own?.title || type.title,
    help: own?.help || type.help,
    doc: own?.doc || type.doc,
    sentence: own?.sentence || type.sentence,
    field: (name) => own?.fields?.[name],
    port: (name) => own?.ports?.[name],
    output: (name) => own?.output?.[name],
    inside: (name) => own?.inside?.[name],
  };
}

/** The step's own title, or its type's; the number tells apart two untitled steps of one type. */
export function titleOf(
  step: { id: string; type: string; title: string },
  types: StepTypes,
  language: string,
): string {
  if (step.title) return step.title;
  const type = types.get(step.type);
  const title = type ? wordsOf(type, language).title : step.type;
  const number = /_(\d+)$/.exec(step.id)?.[1];
  return number && number !== "1" ? `${title} ${number}` : title;
}

const PLAIN: Port[] = [{ name: OUT_PORT, title: "" }];

/**
 * The ways out of a step. The server works them out on every save (`shapes`); until then a step whose form has a
 * list of cases shows those, followed by the ways its type always has.
 */
export function portsOf(
  step: { id: string; type: string; config: { [field: string]: unknown } },
  types: StepTypes,
  shapes: Shapes,
): Port[] {
  const type = types.get(step.type);
  const fixed = type ? type.ports : PLAIN;
  const field = type && casesField(type);
  if (!field) return shapes[step.id]?.ports ?? fixed;
  const cases = step.config[field];
  const ports = (Array.isArray(cases) ? cases : [])
    .filter((c) => typeof c?.name === "string" && c.name)
    .map((c): Port => ({ name: c.name, title: typeof c.title === "string" ? c.title : "" }));
  const names = new Set(ports.map((p) => p.name));
  return [...ports, ...fixed.filter((p) => !names.has(p.name))];
}

/** The config field that holds the cases of a deciding step, known by its widget. */
export function casesField(type: StepType): string | undefined {
  return fieldWith(type, "conditions");
}

export function fieldWith(type: StepType, widget: string): string | undefined {
  const properties = type.config.properties;
  if (!properties || typeof properties !== "object" || Array.isArray(properties)) return undefined;
  return Object.keys(properties).find((name) => widgetOf(properties[name]) === widget);
}

export function widgetOf(schema: unknown): string | undefined {
  const ui = (schema as { "x-ui"?: { widget?: unknown } } | null | undefined)?.["x-ui"];
  return typeof ui?.widget === "string" ? ui.widget : undefined;
}
