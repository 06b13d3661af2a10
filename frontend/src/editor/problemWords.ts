import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { objectOf, textOf } from "@/forms/schema";
import { resultWords } from "@/runs/resultWords";
import { type DrawnWorld, useDrawn } from "./context";

export interface ProblemWords {
  readonly message: string;
  readonly hint: string;
}

/** A problem in the reader's language; one the catalogue does not know yet comes in the server's words. */
export function useProblemWords(): (problem: Problem) => ProblemWords {
  const drawn = useDrawn();
  const { t, i18n } = useTranslation("editor");
  const { language } = i18n;
  return useMemo(() => {
    const lookUp = (key: string, values: Record<string, string>): string => {
      // Codes come from the server, so the key is not one the compiler can know.
      const text = (t as (key: string, options: object) => unknown)(key, { ...values, defaultValue: "" });
      return typeof text === "string" ? text : "";
    };
    return (problem) => {
      // `message_text` before `message`: some problems say of which kind they are.
      const context = problem.values.why ?? "";
      const values = {
        ...problem.values,
        ...stepTitle(drawn, problem, language),
        context,
        field: fieldTitle(drawn, problem, language),
      };
      // What the editor has no words for is said as anywhere else in the console.
      for (const place of [`problems.${problem.code}`, `errors:${problem.code}`]) {
        const message = lookUp(`${place}.message`, values);
        if (message) return { message, hint: lookUp(`${place}.hint`, values) };
      }
      return { message: problem.message, hint: problem.hint };
    };
  }, [drawn, t, language]);
}

/** The form's field a problem is about: `cases[0].title` is in the field `cases`. */
export const fieldOf = (problem: Problem): string | null => problem.field?.split(/[.[]/)[0] || null;

/** The step a problem is about, as it is called on screen: the server knows its title in English alone. */
function stepTitle({ store, types }: DrawnWorld, problem: Problem, language: string): { node?: string } {
  const node = problem.node ? nodeById(store.getState().graph, problem.node) : undefined;
  return node && problem.values.node ? { node: titleOf(node, types, language) } : {};
}

/** A part of what a step gives if it fails. */
const GIVEN = /^policy\.default\.(\w+)/;

function fieldTitle({ store, types }: DrawnWorld, problem: Problem, language: string): string {
  const field = fieldOf(problem);
  const node = problem.node ? nodeById(store.getState().graph, problem.node) : undefined;
  const type = node && types.get(node.type);
  if (!field || !type) return problem.values.field ?? field ?? "";
  const given = problem.field && GIVEN.exec(problem.field)?.[1];
  if (given) {
    const output = store.getState().shapes[problem.node ?? ""]?.output ?? type.output;
    return resultWords(type, output, language).outputTitle(given);
  }
  const schema = objectOf(objectOf(type.config.properties)[field]);
  return wordsOf(type, language).field(field)?.title ?? (textOf(schema.title) || field);
}
