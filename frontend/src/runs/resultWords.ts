/** Words for what came into a step and what came out of it, as its form and its information are called. */

import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { type StepType, wordsOf } from "@/flow-kit/stepTypes";
import { hints, inWords, objectOf, optionsOf, textOf } from "@/forms/schema";
import { errorWords } from "@/i18n/errorWords";

export interface ResultWords {
  inputTitle: (field: string) => string;
  /** What came in, as it reads outside of the technical view: a choice that was made reads as in the form. */
  inputInWords: (input: Json) => Json;
  outputTitle: (field: string) => string;
  /** What came out, as it reads outside of the technical view: a remark, first, reads as an error of its code does. */
  outputInWords: (output: Json) => Json;
  inputSchema: JsonSchema;
  /** The choices of a field in the reader's language. */
  inputOptions: (field: string) => Record<string, string> | undefined;
  outputSchema: JsonSchema;
}

/** A remark in the person's language. */
function inOneText(remark: JsonObject): string {
  const [code, message, hint] = [remark.code, remark.message, remark.hint].map(textOf);
  const words = errorWords({ code: code ?? "", message, hint });
  return [words.message, words.hint].filter(Boolean).join(" ");
}

const NAMES_AN_APP = new Set(["workflow", "workflow-version"]);

/** `output` is the shape of what this very step gives. */
export function resultWords(type: StepType, output: JsonSchema, language: string): ResultWords {
  const words = wordsOf(type, language);
  const inputs = objectOf(type.config.properties);
  const outputs = objectOf(output.properties);
  const inputOptions = (field: string) => words.field(field)?.options;
  return {
    inputSchema: type.config,
    inputOptions,
    outputSchema: output,
    inputTitle: (field) => words.field(field)?.title ?? (textOf(objectOf(inputs[field]).title) || field),
    inputInWords: (input) =>
      Object.fromEntries(
        Object.entries(objectOf(input))
          // Which app was used stands above that app's steps, by its name.
          .filter(([field]) => !NAMES_AN_APP.has(textOf(hints(objectOf(inputs[field])).widget)))
          .map(([field, value]) => {
            const options = optionsOf(inWords(objectOf(inputs[field]), words.field(field)));
            return [field, options.find((o) => o.value === value)?.title ?? value];
          }),
      ),
    outputInWords: (given) => {
      const remarks = Object.keys(outputs).filter(
        (name) => textOf(hints(objectOf(outputs[name])).widget) === "remark",
      );
      if (remarks.length === 0) return given;
      const fields = objectOf(given);
      const said = remarks.filter((name) => typeof objectOf(fields[name]).code === "string");
      const told = Object.fromEntries(said.map((name) => [name, inOneText(objectOf(fields[name]))]));
      return { ...told, ...fields, ...told };
    },
    outputTitle: (field) => words.output(field) ?? (textOf(objectOf(outputs[field]).title) || field),
  };
}
