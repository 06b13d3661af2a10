import type { GraphNode, Json, JsonObject } from "@/api/types";
import { type StepType, widgetOf, wordsOf } from "@/flow-kit/stepTypes";
import { filterOf, needsValue, shownValue } from "@/forms/documentFilter";
import { inWords, objectOf, textOf } from "@/forms/schema";
import { parseTemplate } from "@/forms/template/syntax";

/** How a settings value reads inside a card's sentence; the words come from the message catalogue. */
export interface SentenceWords {
  info(node: string, path: readonly string[]): string;
  model(id: string): string;
  /** Another app, by its name. */
  app(id: string): string;
  /** A version of another app; null is the latest. */
  version(number: number | null): string;
  list(items: readonly string[]): string;
  /** What a field of documents must be. */
  condition(field: string, operator: string, value: string): string;
  yesNo(value: boolean): string;
  readonly nothing: string;
}

const LONGEST = 80;

/**
 * The sentence on a step's card: its type's sentence with `{field}` filled from the settings. What stands in square
 * brackets is there only while each of its fields says something.
 */
export function sentenceOf(node: GraphNode, type: StepType, language: string, words: SentenceWords): string {
  const { sentence, help, field: fieldWords } = wordsOf(type, language);
  const properties = objectOf(type.config.properties);
  if (!sentence) return help;
  const said = (field: string) => {
    const schema = inWords(objectOf(properties[field]), fieldWords(field));
    return readable(node.config[field] ?? schema.default, schema, words);
  };
  const whole = sentence.replace(/\[([^[\]]*)\]/g, (_, part: string) =>
    [...part.matchAll(/\{(\w+)\}/g)].every(([, field = ""]) => said(field) !== "") ? part : "",
  );
  return whole.replace(/\{(\w+)\}/g, (_, field: string) => said(field) || words.nothing);
}

function readable(value: Json | undefined, schema: JsonObject, words: SentenceWords): string {
  if (widgetOf(schema) === "model") return words.model(typeof value === "string" ? value : "");
  if (widgetOf(schema) === "workflow") return typeof value === "string" && value ? words.app(value) : "";
  if (widgetOf(schema) === "source-tool") {
    const { title, name } = objectOf(value);
    return short(textOf(title) || textOf(name));
  }
  if (widgetOf(schema) === "workflow-version") return words.version(typeof value === "number" ? value : null);
  if (widgetOf(schema) === "variable") return kept(textOf(value), words);
  if (widgetOf(schema) === "document-filter") return chosen(value, words);
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return words.yesNo(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return optionTitle(value, schema) ?? short(spoken(value, words));
  if (Array.isArray(value)) {
    return short(words.list(value.map((item) => itemTitle(item, words)).filter(Boolean)));
  }
  return "";
}

/** Which documents are meant, a condition after the other. */
function chosen(value: Json | undefined, words: SentenceWords): string {
  const conditions = filterOf(value).conditions.filter(({ field }) => field !== "");
  return short(
    words.list(
      conditions.map(({ field, operator, value }) =>
        words.condition(field, operator, needsValue(operator) ? spoken(shownValue(value), words) : ""),
      ),
    ),
  );
}

/** The name of something that is kept; what a repeating step keeps is named after that step. */
function kept(name: string, words: SentenceWords): string {
  const [step, ...path] = name.split(".");
  return step && path.length > 0 ? words.info(step, path) : name;
}

function spoken(template: string, words: SentenceWords): string {
  return parseTemplate(template)
    .map((s) => (s.kind === "text" ? s.text.replaceAll("**", "") : words.info(s.node, s.path)))
    .join("");
}

function itemTitle(item: Json, words: SentenceWords): string {
  if (typeof item === "string") return spoken(item, words);
  if (typeof item === "number") return String(item);
  const { title, label, name, value } = objectOf(item);
  const said = [title, label, name].find((t): t is string => typeof t === "string" && t !== "");
  return said ?? (typeof value === "string" ? spoken(value, words) : "");
}

function optionTitle(value: string, schema: JsonObject): string | undefined {
  const options = Array.isArray(schema.oneOf) ? schema.oneOf.map(objectOf) : [];
  const title = options.find((o) => o.const === value)?.title;
  return typeof title === "string" ? title : undefined;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
