/** Which questions of a set-up can still be asked, and the forms that they are asked with. */

import type { Graph, GraphNode, JsonSchema, SetUpQuestion } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import type { StepType, StepTypes } from "@/flow-kit/stepTypes";
import { hints, objectOf } from "@/forms/schema";

export interface Asked {
  readonly question: SetUpQuestion;
  readonly node: GraphNode;
  readonly type: StepType;
}

/** The questions about steps and settings that are there: who builds may have taken some away. */
export function askedOf(setup: readonly SetUpQuestion[], graph: Graph, types: StepTypes): Asked[] {
  return setup.flatMap((question) => {
    const node = nodeById(graph, question.step);
    const type = node && types.get(node.type);
    return node && type && question.field in objectOf(type.config.properties)
      ? [{ question, node, type }]
      : [];
  });
}

/** The form of a step with this one field, in sight whatever hides it elsewhere. */
export function formOf({ question, type }: Pick<Asked, "question" | "type">): JsonSchema {
  const field = objectOf(objectOf(type.config.properties)[question.field]);
  const { more: _more, showWhen: _showWhen, ...shown } = hints(field);
  return {
    type: "object",
    properties: { [question.field]: { ...field, "x-ui": shown } },
    required: [question.field],
  };
}
